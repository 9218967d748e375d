/** The predecessor's image, in any registry: its own tags, or none that says which version it is. */
const predecessor = /(?:^|\/)kubesphere(?:dev)?\/notification-manager(?::(?:latest|v?[0-2]\.[\w.-]+))?(?:@.*)?$/u

/** The image that the pods run. */
export interface ImageChoice {
  readonly image: string
  /** What the spec asked for, when that is the predecessor's image, which is another program. */
  readonly replaced?: string
}

/**
 * The spec's image, or the operator's own. The predecessor's manifests name the predecessor's image, which does not know our
 * flags and would never become ready: it is replaced, and the status says so.
 */
export function chooseImage(wanted: string | undefined, ownImage: string): ImageChoice {
  if (wanted === undefined || wanted === '') return { image: ownImage }
  return predecessor.test(wanted) ? { image: ownImage, replaced: wanted } : { image: wanted }
}
