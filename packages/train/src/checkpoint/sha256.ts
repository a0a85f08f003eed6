/** The first 32 bits of the fractional parts of the roots of the first 64 primes: `root` = 3 for K, 2 for the start. */
function constants(root: 2 | 3, count: number): Uint32Array {
  const primes: number[] = []
  for (let n = 2; primes.length < count; n++) if (primes.every((p) => n % p !== 0)) primes.push(n)
  return Uint32Array.from(primes, (p) => {
    const r = root === 2 ? Math.sqrt(p) : Math.cbrt(p)
    return Math.floor((r - Math.floor(r)) * 2 ** 32)
  })
}

const K = constants(3, 64)
const START = constants(2, 8)

const rotate = (x: number, n: number): number => (x >>> n) | (x << (32 - n))

/** Mixes one block of 64 bytes into the state `h`; `w` is room for the 64 words of the schedule. */
function block(h: Uint32Array, w: Uint32Array, bytes: DataView, at: number): void {
  for (let i = 0; i < 16; i++) w[i] = bytes.getUint32(at + 4 * i)
  for (let i = 16; i < 64; i++) {
    const a = w[i - 15]!
    const b = w[i - 2]!
    const s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3)
    const s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10)
    w[i] = w[i - 16]! + s0 + w[i - 7]! + s1
  }
  let [a, b, c, d, e, f, g, z] = h as unknown as [number, number, number, number, number, number, number, number]
  for (let i = 0; i < 64; i++) {
    const t1 = (z + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0
    const t2 = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    z = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  ;[a, b, c, d, e, f, g, z].forEach((v, i) => (h[i] = h[i]! + v))
}

/**
 * SHA-256 of `bytes` as 64 hexadecimal digits. Synchronous and without any platform's crypto, so that a checkpoint is
 * checked alike in Node, in a page and in a Worker, secure context or not.
 *
 * @see FIPS 180-4
 */
export function sha256(bytes: Uint8Array): string {
  const h = START.slice()
  const w = new Uint32Array(64)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const whole = bytes.length - (bytes.length % 64)
  for (let at = 0; at < whole; at += 64) block(h, w, view, at)
  const rest = bytes.length - whole
  const tail = new DataView(new ArrayBuffer(rest < 56 ? 64 : 128))
  for (let i = 0; i < rest; i++) tail.setUint8(i, bytes[whole + i]!)
  tail.setUint8(rest, 0x80)
  tail.setBigUint64(tail.byteLength - 8, BigInt(bytes.length) * 8n)
  for (let at = 0; at < tail.byteLength; at += 64) block(h, w, tail, at)
  return Array.from(h, (v) => v.toString(16).padStart(8, '0')).join('')
}
