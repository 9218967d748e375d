/** How much one rendering may cost. Characters are UTF-16 code units. */
export interface RenderLimits {
  /** Longest template file. */
  readonly maxFileChars: number
  /** Longest time one rendering may take; checked between the nodes of a template. */
  readonly maxRenderMs: number
  /**
   * What filters and values may build in one rendering, on top of the notification's own. A unit is about two bytes: a character is
   * one, and lists and objects are counted by `itemUnits` and `objectUnits`.
   */
  readonly maxMemoryUnits: number
  /** Longest message, on top of what the notification itself brings. */
  readonly maxOutputChars: number
  /** How deep templates may call each other. */
  readonly maxDepth: number
  /** Characters of a notification that make the limits grow; a larger one gets the limits of this size. */
  readonly maxGrowthChars: number
  /** Longest time that all messages of one notification together may take. */
  readonly maxNotificationMs: number
}

/**
 * What a template that somebody mounted may cost. Rendering is synchronous, so the time is also how long a hostile template can
 * hold up its thread: a message of a thousand alerts takes a tenth of it.
 */
export const defaultLimits: RenderLimits = {
  maxFileChars: 65_536,
  maxRenderMs: 250,
  maxMemoryUnits: 1_000_000,
  maxOutputChars: 1_000_000,
  maxDepth: 20,
  // With 16 units for each character, and a unit being about two bytes, half of the memory of the thread that plans messages.
  maxGrowthChars: 8_388_608,
  // The built-in templates, which are used from then on, must be done well before the thread's own limit of 30 s.
  maxNotificationMs: 10_000,
}

/** The built-in templates are linear in their input and must not fail because the machine was busy. */
export const builtinLimits: RenderLimits = {
  ...defaultLimits,
  maxRenderMs: 10_000,
  maxMemoryUnits: 10_000_000,
  maxGrowthChars: Infinity,
  maxNotificationMs: Infinity,
}

/**
 * How much the memory and the output may grow for each character of the notification. Escaping multiplies a character by six at
 * worst (`\u0000`, `&quot;`), and a template may well print a value twice.
 */
const growth = 16

/** A place in a list. */
export const itemUnits = 4

/** A small object, such as a pair or an entry of a map. */
export const objectUnits = 16

/** A plain template takes about a tenth of this for each character that it prints. */
const msPerChar = 0.001

/** The limits for a notification of `inputChars` characters: big input may give a big message. */
export function scaleLimits(limits: RenderLimits, inputChars: number): RenderLimits {
  const chars = Math.min(inputChars, limits.maxGrowthChars)
  return {
    ...limits,
    maxRenderMs: limits.maxRenderMs + msPerChar * chars,
    maxMemoryUnits: limits.maxMemoryUnits + growth * chars,
    maxOutputChars: limits.maxOutputChars + growth * chars,
  }
}
