import { type Problem } from '../model/problem.ts'

const meanings: Readonly<Record<string, string>> = {
  EACCES: 'must not be read by this process',
  EPERM: 'must not be read by this process',
  ENOENT: 'is not there',
  ENOTDIR: 'is not there',
  ELOOP: 'is a link that leads back to itself',
  EIO: 'cannot be read: the disk or mount reports an error',
  ESTALE: 'cannot be read: its mount is stale',
  EMFILE: 'cannot be read: this process has too many open files',
  ENFILE: 'cannot be read: the machine has too many open files',
}

/** A path that cannot be read. What was read from it before stays in force. */
export function unreadable(path: string, why: string): Problem {
  const meaning = meanings[why] ?? (/^[A-Z]+$/u.test(why) ? `cannot be read (${why})` : why)
  return {
    severity: 'error',
    reason: 'SourceUnreadable',
    path: '',
    message: `${path} ${meaning}; what was read from it before stays in force`,
    remedy: 'make it readable, or delete it',
    origin: { file: path, line: 1 },
  }
}
