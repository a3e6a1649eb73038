// Words of the API as people read them.

const SPECIAL: Record<string, string> = {
  ipv4: 'IPv4',
  ipv6: 'IPv6',
  cidr: 'CIDR',
  url: 'URL',
  email: 'E-mail',
  md5: 'MD5',
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha512: 'SHA-512',
  cve: 'CVE',
  mac: 'MAC',
  asn: 'ASN',
  attack: 'ATT&CK',
  not_found: 'Not found',
}

/** `in_progress` → `In progress`. */
export function label(word: string): string {
  const known = SPECIAL[word]
  if (known) return known
  const text = word.replaceAll('_', ' ').replace(/\b(api|id|ip|url|ioc)\b/g, (short) => short.toUpperCase())
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** `1 alert`, `2 alerts`, `12,345 alerts`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${number(n)} ${n === 1 ? one : many}`
}

/** `12,345`. */
export function number(n: number): string {
  return n.toLocaleString('en-US')
}

/** `950 B`, `12.3 KiB`. */
export function bytes(n: number): string {
  if (n < 1024) return `${n} B`
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(1)} KiB`
  return `${(n / 1024 / 1024).toFixed(1)} MiB`
}
