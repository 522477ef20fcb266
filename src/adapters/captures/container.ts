// The text of a file that holds captures, whatever its character encoding: PowerShell's > writes UTF-16, Notepad a byte order
// mark. For containers only: the bytes of a bare body are never touched.

import { fromUtf16 } from '../../core/signature/body-layers.ts'

const UTF8_BOM = Buffer.from([0xef, 0xbb, 0xbf])

/** UTF-8 without a mark. */
export function containerBytes(bytes: Buffer): Buffer {
  const decoded = fromUtf16(bytes) ?? bytes
  return hasBom(decoded) ? decoded.subarray(UTF8_BOM.length) : decoded
}

export function containerText(bytes: Buffer): string {
  return containerBytes(bytes).toString('utf8')
}

/** Whether the bytes are UTF-16, as far as their beginning tells. */
export function isUtf16(bytes: Buffer): boolean {
  return fromUtf16(bytes.subarray(0, 64)) !== null
}

function hasBom(bytes: Buffer): boolean {
  return bytes.subarray(0, UTF8_BOM.length).equals(UTF8_BOM)
}
