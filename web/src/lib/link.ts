/** The address if it is safe to offer as a link (http or https, no credentials), or null. */
export function safeLink(address: string | null | undefined): string | null {
  if (!address) return null
  try {
    const url = new URL(address)
    const web = url.protocol === 'https:' || url.protocol === 'http:'
    return web && !url.username && !url.password ? url.href : null
  } catch {
    return null
  }
}
