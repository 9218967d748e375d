const redacted = '<redacted>'
const secretHeaders = new Set(['authorization', 'proxy-authorization', 'cookie', 'x-api-key', 'x-auth-token'])
const secretParameter = /token|secret|sign|key|password|auth/iu

/** A header's value, or `<redacted>` when the header carries a credential. */
export function redactHeader(name: string, value: string): string {
  return secretHeaders.has(name.toLowerCase()) ? redacted : value
}

/** A path with its query, the values of parameters that carry credentials taken out. */
export function redactPath(path: string): string {
  const [pathname = '', ...query] = path.split('?')
  if (query.length === 0) return pathname
  const parameters = query
    .join('?')
    .split('&')
    .map((parameter) => {
      const [name = ''] = parameter.split('=')
      return parameter.includes('=') && secretParameter.test(name) ? `${name}=${redacted}` : parameter
    })
  return `${pathname}?${parameters.join('&')}`
}
