/** The value of an Authorization header of the scheme Basic: https://www.rfc-editor.org/rfc/rfc7617 */
export function basicCredentials(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

/** The `user:password` of a URL as a Basic header's value; undefined when it has none. */
export function basicOf({ username, password }: URL): string | undefined {
  return username === '' && password === '' ? undefined : basicCredentials(decode(username), decode(password))
}

/** Percent-decoded, or as it is when it cannot be decoded. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
