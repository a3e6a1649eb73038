// Showing values so that nobody clicks or pastes one into a browser by accident. Copying gives the real value.

const NETWORKED = new Set(['ipv4', 'ipv6', 'cidr', 'domain', 'url', 'email', 'host'])

/** `http://evil.example/x` → `hxxp://evil[.]example/x`. Values that lead nowhere stay as they are. */
export function defang(type: string, value: string): string {
  if (!NETWORKED.has(type)) return value
  if (type === 'ipv6' || (type === 'cidr' && value.includes(':'))) {
    return value.replace(':', '[:]')
  }
  if (type === 'url') {
    const match = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)(.*)$/is.exec(value)
    if (!match) return dots(value)
    const [, scheme = '', host = '', rest = ''] = match
    const safe = scheme.replace(/^http/i, 'hxxp').replace(/^ftp/i, 'fxp')
    return safe + dots(host).replaceAll('@', '[@]') + rest
  }
  if (type === 'email') return dots(value).replaceAll('@', '[@]')
  return dots(value)
}

function dots(text: string): string {
  return text.replaceAll('.', '[.]')
}
