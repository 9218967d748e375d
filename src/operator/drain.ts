import { parseDuration } from '../model/duration.ts'

/**
 * How long a server that ends still takes posts: endpoints reach every node within a few seconds
 * (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination-flow).
 */
const graceFlag = { name: '--drain-grace', value: '5s' } as const
/** How long it then waits for the deliveries under way. */
const timeoutFlag = { name: '--drain-timeout', value: '20s' } as const
/** For closing files and sockets after both, seconds. */
const reserveSeconds = 10

/** The flags that make a server end without losing what it has begun; the user's own flags come after them and win. */
export const drainArgs: readonly string[] = [graceFlag, timeoutFlag].flatMap(({ name, value }) => [name, value])

/** Seconds after which a pod that ends is killed: what its flags let the server take, and a reserve. */
export function terminationGraceSeconds(args: readonly string[]): number {
  const ms = [graceFlag, timeoutFlag].map(({ name, value }) => {
    const wanted = parseDuration(lastValue(args, name) ?? value) ?? parseDuration(value)
    return wanted ?? 0
  })
  return Math.ceil(ms.reduce((sum, each) => sum + each, 0) / 1_000) + reserveSeconds
}

/** The value of a flag, written `--flag value` or `--flag=value`; the last one wins, as on a command line. */
function lastValue(args: readonly string[], flag: string): string | undefined {
  const values = args.flatMap((argument, place) => {
    if (argument.startsWith(`${flag}=`)) return [argument.slice(flag.length + 1)]
    const next = args[place + 1]
    return argument === flag && next !== undefined ? [next] : []
  })
  return values.at(-1)
}
