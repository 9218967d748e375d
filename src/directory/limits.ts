/** How much of a folder is read; what lies beyond becomes a Problem, not a memory fault. */
export interface Limits {
  /** Bytes of one file. */
  readonly maxFileBytes: number
  /** Bytes of all files of one read. */
  readonly maxTotalBytes: number
  /** Files of one read. */
  readonly maxFiles: number
  /** Characters of one document; etcd takes no more either: https://etcd.io/docs/v3.5/dev-guide/limit/#request-size-limit */
  readonly maxDocumentChars: number
  /** Documents of one file. */
  readonly maxDocuments: number
  /** Folders inside one another. */
  readonly maxFolderDepth: number
}

/** Far above what people write by hand, far below what hurts. */
export const defaultLimits: Limits = {
  maxFileBytes: 8 * 1024 * 1024,
  maxTotalBytes: 64 * 1024 * 1024,
  maxFiles: 20_000,
  maxDocumentChars: 1_572_864,
  maxDocuments: 20_000,
  maxFolderDepth: 32,
}
