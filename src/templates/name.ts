const goAction = /^\{\{-?\s*template\s+(?:"([^"]+)"|`([^`]+)`)(?:\s+[.$])?\s*-?\}\}$/
const liquidTag = /^\{%-?\s*render\s+(?:"([^"]+)"|'([^']+)')\s*-?%\}$/

/** The template that an option names: as it is, or inside `{{ template "name" . }}` or `{% render "name" %}`. */
export function templateName(value: string): string {
  const text = value.trim()
  const match = goAction.exec(text) ?? liquidTag.exec(text)
  return match?.[1] ?? match?.[2] ?? text
}

/** The name of a file's template when it defines none: its base name without `.liquid`, `.tmpl`, `.tpl` or `.gotmpl`. */
export function baseName(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1)
  return base.replace(/\.(?:liquid|tmpl|tpl|gotmpl)$/, '')
}
