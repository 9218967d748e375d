/** How much one rendering may cost. Characters are UTF-16 code units. */
export interface RenderLimits {
  /** Longest template file. */
  readonly maxFileChars: number
  /** Longest time one rendering may take; checked between the nodes of a template. */
  readonly maxRenderMs: number
  /** What filters and values may build in one rendering: characters and list items, on top of the notification's own. */
  readonly maxMemoryUnits: number
  /** Longest message, on top of what the notification itself brings. */
  readonly maxOutputChars: number
  /** How deep templates may call each other. */
  readonly maxDepth: number
}

/**
 * What a template that somebody mounted may cost. Rendering is synchronous, so the time is also how long a hostile template can
 * hold up everybody else: a message of a thousand alerts takes a tenth of it.
 */
export const defaultLimits: RenderLimits = {
  maxFileChars: 65_536,
  maxRenderMs: 250,
  maxMemoryUnits: 1_000_000,
  maxOutputChars: 1_000_000,
  maxDepth: 20,
}

/** The built-in templates are linear in their input and must not fail because the machine was busy. */
export const builtinLimits: RenderLimits = { ...defaultLimits, maxRenderMs: 10_000, maxMemoryUnits: 10_000_000 }

/**
 * How much the memory and the output may grow for each character of the notification. Escaping multiplies a character by six at
 * worst (`\u0000`, `&quot;`), and a template may well print a value twice.
 */
const growth = 16

/** A plain template takes about a tenth of this for each character that it prints. */
const msPerChar = 0.001

/** The limits for a notification of `inputChars` characters: big input may give a big message. */
export function scaleLimits(limits: RenderLimits, inputChars: number): RenderLimits {
  return {
    ...limits,
    maxRenderMs: limits.maxRenderMs + msPerChar * inputChars,
    maxMemoryUnits: limits.maxMemoryUnits + growth * inputChars,
    maxOutputChars: limits.maxOutputChars + growth * inputChars,
  }
}
