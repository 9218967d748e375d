const bars = '▁▂▃▄▅▆▇█'

/** One line: the name, the values as bars from 0 to their maximum, and the first, least, greatest and last of them. */
export function chart(name: string, values: readonly number[]): string {
  const top = Math.max(...values, 1)
  const drawn = values.map((value) => bars[Math.min(bars.length - 1, Math.floor((value / top) * bars.length))])
  const facts = `first ${values[0]} min ${Math.min(...values)} max ${Math.max(...values)} last ${values.at(-1)}`
  return `${name.padEnd(12)} ${drawn.join('')}  ${facts}`
}
