/** Combinations inside combinations, and whatever else a document nests. */
const maxDepth = 16
/** Places in a document, list items and fields together. */
const maxNodes = 20_000

/** Why a document is deeper or larger than any rule needs to be; the schema check may then recurse over it safely. */
export function exceedsBounds(
  document: unknown,
): { readonly path: string; readonly message: string; readonly remedy: string } | undefined {
  const level: { node: unknown; depth: number }[] = [{ node: document, depth: 0 }]
  let nodes = 0
  for (let next = level.pop(); next !== undefined; next = level.pop()) {
    nodes++
    if (next.depth > maxDepth) {
      return { path: '', message: 'is nested too deeply', remedy: `nest at most ${maxDepth} levels` }
    }
    if (nodes > maxNodes) return { path: '', message: 'is too large', remedy: `split it: at most ${maxNodes} values` }
    if (typeof next.node !== 'object' || next.node === null) continue
    for (const node of Object.values(next.node)) level.push({ node, depth: next.depth + 1 })
  }
  return undefined
}
