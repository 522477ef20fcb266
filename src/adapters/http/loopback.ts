// Which hosts are this machine. Plain http is for them alone.

/** Whether `hostname` (as WHATWG URL has it, IPv6 in brackets) is loopback by name or by address. @see RFC 6761 section 6.3 */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
