import type { RealFunction } from '@spikeward/core/backend'

/**
 * Functions that generated code calls, each with the functions that it calls. The errors of WGSL's own exp, log, sin …
 * may exceed the contract (sin is right to 2⁻¹¹ beyond [−π, π]), and they need not support NaN or infinity. These
 * functions use additions, products and bits; the coefficients are the cpu backend's, minimax fits rounded to f32.
 * Factors of exact products are cut to 12 bits first (`high`), so that fused or reordered arithmetic stays exact. `&`
 * and `|` replace `&&` and `||`, which branch.
 *
 * `raw` makes a float from bits at run time, since WGSL rejects NaN and infinity as constant expressions.
 */
const library = {
  raw: { needs: [], code: `fn raw(b: u32) -> f32 { var v = b; return bitcast<f32>(v); }` },
  isNan: { needs: [], code: `fn isNan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }` },
  isInf: { needs: [], code: `fn isInf(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u; }` },
  copySign: {
    needs: [],
    // without masks: llvmpipe miscompiles (x & 0x7fffffff) | (s & 0x80000000) after a select
    code: `fn copySign(x: f32, s: f32) -> f32 { return select(abs(x), -abs(x), (bitcast<u32>(s) >> 31u) == 1u); }`,
  },
  high: { needs: [], code: `fn high(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }` },
  maxF: {
    needs: ['isNan'],
    code: `fn maxF(x: f32, y: f32) -> f32 { return select(select(y, x, x > y), select(y, x, isNan(x)), isNan(x) | isNan(y)); }`,
  },
  minF: {
    needs: ['isNan'],
    code: `fn minF(x: f32, y: f32) -> f32 { return select(select(y, x, x < y), select(y, x, isNan(x)), isNan(x) | isNan(y)); }`,
  },
  toI32: {
    needs: ['isNan'],
    code: `fn toI32(x: f32) -> i32 {
  let inside = i32(clamp(x, -2147483648f, 2147483520f));
  return select(select(inside, 2147483647i, x >= 2147483648f), 0i, isNan(x));
}`,
  },
  toU32: {
    needs: ['isNan'],
    code: `fn toU32(x: f32) -> u32 {
  let inside = u32(clamp(x, 0f, 4294967040f));
  return select(select(inside, 0xffffffffu, x >= 4294967296f), 0u, isNan(x));
}`,
  },
  // in exact halves, so that the sum alone rounds: SwiftShader's own conversion truncates
  fromU32: { needs: [], code: `fn fromU32(x: u32) -> f32 { return f32(x >> 16u) * 65536f + f32(x & 0xffffu); }` },
  divI: {
    needs: [],
    code: `fn divI(x: i32, y: i32) -> i32 { return select(x / select(y, 1i, y == 0i), 0i, y == 0i); }`,
  },
  divU: { needs: [], code: `fn divU(x: u32, y: u32) -> u32 { return select(x / max(y, 1u), 0u, y == 0u); }` },
  remI: {
    needs: [],
    code: `fn remI(x: i32, y: i32) -> i32 { let none = (y == 0i) | (y == -1i); return select(x % select(y, 1i, none), 0i, none); }`,
  },
  remU: { needs: [], code: `fn remU(x: u32, y: u32) -> u32 { return x % max(y, 1u) * select(1u, 0u, y == 0u); }` },
  // x·2ⁿ in two steps, so that each factor is a normal number even at the ends of the range.
  scale: {
    needs: [],
    code: `fn scale(x: f32, n: i32) -> f32 {
  let h = n / 2i;
  return x * bitcast<f32>((h + 127i) << 23u) * bitcast<f32>((n - h + 127i) << 23u);
}`,
  },
  // eʳ for |r| ≤ ½ ln 2
  expReduced: {
    needs: [],
    code: `fn expReduced(r: f32) -> f32 {
  let p = (((0.00139505393f * r + 0.00836891774f) * r + 0.041666206f) * r + 0.166665182f) * r + 0.5f;
  return (r * r * p + r) + 1f;
}`,
  },
  // eˣ = 2ⁿ eʳ, n = round(x / ln 2), r = x − n ln 2 with ln 2 in two parts
  expF: {
    needs: ['expReduced', 'scale', 'isNan'],
    code: `fn expF(x: f32) -> f32 {
  let c = clamp(x, -104f, 89f);
  let n = round(c * 1.44269504f);
  let r = (c - n * 0.693359375f) + n * 2.1219444e-4f;
  return select(scale(expReduced(r), i32(n)), x, isNan(x));
}`,
  },
  // x > 0 as m·2ᵉ with m in [√½, √2), in one word the exponent and in one the mantissa
  fraction: {
    needs: [],
    code: `fn fraction(x: f32) -> vec2f {
  let shifted = bitcast<i32>(x) - 0x3f3504f3i;
  return vec2f(bitcast<f32>((shifted & 0x7fffffi) + 0x3f3504f3i), f32(shifted >> 23u));
}`,
  },
  // ln x = e ln 2 + ln(1 + f), ln(1 + f) = f − f²/2 + f³ P(f)
  logF: {
    needs: ['fraction', 'isNan', 'isInf', 'raw'],
    code: `fn logF(x: f32) -> f32 {
  let tiny = x < 1.17549435e-38f;
  let me = fraction(select(x, x * 8388608f, tiny));
  let e = me.y - select(0f, 23f, tiny);
  let f = me.x - 1f;
  var p = 0.0674659163f;
  p = p * f - 0.116756387f;
  p = p * f + 0.118881777f;
  p = p * f - 0.124055922f;
  p = p * f + 0.142195508f;
  p = p * f - 0.166679963f;
  p = p * f + 0.200021192f;
  p = p * f - 0.250000089f;
  p = p * f + 0.333333135f;
  let z = f * f;
  let tail = z * f * p - 0.5f * z;
  let value = e * 0.693359375f + (f + (tail - e * 2.1219444e-4f));
  let bad = (x < 0f) | isNan(x);
  return select(select(select(value, x, isInf(x)), raw(0xff800000u), x == 0f), raw(0x7fc00000u), bad);
}`,
  },
  // x − q π/2, π/2 in parts of 11 bits: products with q < 2¹³ are exact, and so is every difference but the last; cut
  // off for larger q, so that |s| and |c| stay below 1
  sinusoid: {
    needs: ['isNan', 'isInf', 'raw'],
    code: `fn sinusoid(x: f32, shift: i32) -> f32 {
  let q = round(x * 0.636619772f);
  let rest = ((x - q * 1.5703125f) - q * 4.837512969970703e-4f) - q * 7.549533620476723e-8f - q * 2.563344e-12f;
  let r = clamp(rest, -1.5f, 1.5f);
  let z = r * r;
  let s = z * r * (((2.71827457e-6f * z - 0.000198393303f) * z + 0.00833332911f) * z - 0.166666672f) + r;
  let c = z * z * ((2.44380881e-5f * z - 0.00138873642f) * z + 0.0416666456f) + (1f - 0.5f * z);
  let turn = i32(q) + shift;
  let v = select(s, c, (turn & 1i) != 0i);
  let signed = bitcast<f32>(bitcast<u32>(v) ^ (u32(turn & 2i) << 30u));
  return select(signed, raw(0x7fc00000u), isNan(x) | isInf(x));
}`,
  },
  // below 0.625 an odd polynomial, where 1 − 2/(e²ˣ + 1) would cancel
  tanhF: {
    needs: ['expF', 'copySign', 'isNan'],
    code: `fn tanhF(x: f32) -> f32 {
  let a = abs(x);
  let z = a * a;
  let p = (((-0.0057170447f * z + 0.0206505861f) * z - 0.0537434965f) * z + 0.133314908f) * z - 0.333332837f;
  let small = z * a * p + a;
  let large = 1f - 2f / (expF(min(a + a, 80f)) + 1f);
  return select(copySign(select(large, small, a < 0.625f), x), x, isNan(x));
}`,
  },
  // |x| < 1: x P(x²); beyond: 1 − e^(−x²) Q(t), t = 2 / (2 + |x|); from 4 on it is 1
  erfF: {
    needs: ['expF', 'copySign', 'isNan'],
    code: `fn erfF(x: f32) -> f32 {
  let a = min(abs(x), 4f);
  let z = a * a;
  var p = 7.88912294e-5f;
  p = p * z - 0.000802084222f;
  p = p * z + 0.00518953567f;
  p = p * z - 0.0268544443f;
  p = p * z + 0.112836003f;
  p = p * z - 0.37612626f;
  p = p * z + 1.12837911f;
  let t = 2f / (a + 2f);
  var q = 0.00665267464f;
  q = q * t - 0.254087538f;
  q = q * t + 0.670547664f;
  q = q * t - 0.0906571522f;
  q = q * t + 0.408166647f;
  q = q * t + 0.257079124f;
  q = q * t + 0.0020736549f;
  let large = copySign(1f - expF(-z) * q, x);
  return select(select(large, x * p, a < 1f), x, isNan(x));
}`,
  },
  // |x| ≤ 1: q + q³ P(q²) with q = |x|; beyond: π/2 minus this with q = 1/|x|
  arctanF: {
    needs: ['copySign', 'isNan'],
    code: `fn arctanF(x: f32) -> f32 {
  let a = min(abs(x), 1e30f);
  let q = select(a, 1f / a, a > 1f);
  let z = q * q;
  var p = -0.00179362227f;
  p = p * z + 0.0109146088f;
  p = p * z - 0.0311778504f;
  p = p * z + 0.0579576008f;
  p = p * z - 0.08403451f;
  p = p * z + 0.109521858f;
  p = p * z - 0.142642424f;
  p = p * z + 0.199985489f;
  p = p * z - 0.333332986f;
  let near = p * z * q + q;
  return select(copySign(select(near, 1.57079633f - near, a > 1f), x), x, isNan(x));
}`,
  },
  // x − y trunc(x/y): quotient and divisor in halves, whose products are exact; then at most one y too much or too
  // little
  remF: {
    needs: ['high', 'copySign', 'isNan', 'isInf', 'raw'],
    code: `fn remF(x: f32, y: f32) -> f32 {
  let a = abs(x);
  let b = abs(y);
  let q = floor(a / b);
  let qh = high(q);
  let ql = q - qh;
  let bh = high(b);
  let bl = b - bh;
  var r = (((a - qh * bh) - qh * bl) - ql * bh) - ql * bl;
  r = select(r, r + b, r < 0f);
  r = select(r, r - b, r >= b);
  let bad = isNan(x) | isNan(y) | isInf(x) | (b == 0f);
  return select(select(copySign(r, x), x, isInf(y) | (a < b)), raw(0x7fc00000u), bad);
}`,
  },
  // |x|ʸ = 2^(y log₂|x|) with logarithm and product in two words; signs and limits as in IEEE 754
  powF: {
    needs: ['fraction', 'high', 'expReduced', 'scale', 'isNan', 'isInf', 'raw'],
    code: `fn powF(x: f32, y: f32) -> f32 {
  let a = abs(x);
  let tiny = a < 1.17549435e-38f;
  let me = fraction(select(a, a * 8388608f, tiny));
  let e = me.y - select(0f, 23f, tiny);
  let f = me.x - 1f;
  let u = me.x + 1f;
  let uh = high(u);
  let ul = (me.x - uh) + 1f;
  let s = high(f / u);
  let sl = ((f - s * uh) - s * ul) / u;
  let z = (s + sl) * (s + sl);
  let series = ((((0.2623081893f * z + 0.3205989f) * z + 0.4121985831f) * z + 0.5770780164f) * z + 0.9617966939f) * z;
  // 2/ln 2 = 2.884765625 + 0.00062445678…
  let main = s * 2.884765625f;
  let rest = s * 6.24456778e-4f + sl * 2.88539008f + (s + sl) * series;
  let th = high(e + main);
  let tl = ((e - th) + main) + rest;
  let yh = high(y);
  let p = yh * th;
  let more = (y - yh) * th + y * tl;
  let about = p + more;
  let n = round(clamp(about, -160f, 160f));
  let r = ((p - n) + more) * 0.693147181f;
  let up = raw(0x7f800000u);
  var v = select(select(scale(expReduced(r), i32(n)), up, about > 130f), 0f, about < -160f);
  v = select(v, select(0f, up, y < 0f), a == 0f);
  v = select(v, select(up, 0f, y < 0f), isInf(x));
  let grows = (a > 1f) == (y > 0f);
  v = select(v, select(0f, up, grows), isInf(y) & (a != 1f));
  let whole = floor(y) == y;
  let odd = whole & (floor(y * 0.5f) != y * 0.5f);
  let negative = (bitcast<u32>(x) >> 31u) == 1u;
  v = select(v, -v, negative & odd);
  let bad = isNan(x) | isNan(y) | ((x < 0f) & !isInf(x) & !whole);
  let ones = (y == 0f) | (x == 1f) | ((x == -1f) & isInf(y));
  return select(select(v, raw(0x7fc00000u), bad), 1f, ones);
}`,
  },
} satisfies Record<string, { needs: readonly string[]; code: string }>

/** WGSL of the functions of real numbers. `constant` is the value of a constant second argument. */
export const functions: Readonly<Record<RealFunction, (x: string, y: string, constant: number | null) => string>> = {
  exp: (x) => `expF(${x})`,
  log: (x) => `logF(${x})`,
  sin: (x) => `sinusoid(${x}, 0i)`,
  cos: (x) => `sinusoid(${x}, 1i)`,
  tanh: (x) => `tanhF(${x})`,
  erf: (x) => `erfF(${x})`,
  arctan: (x) => `arctanF(${x})`,
  pow: power,
}

/** Small integer exponents become products, which are exact and much cheaper. */
function power(x: string, y: string, exponent: number | null): string {
  switch (exponent) {
    case 1:
      return x
    case 2:
      return `${x} * ${x}`
    case 3:
      return `${x} * ${x} * ${x}`
    case -1:
      return `1f / ${x}`
    default:
      return `powF(${x}, ${y})`
  }
}

/** A function of the library. */
export type LibraryName = keyof typeof library

/** The code of all library functions that `text` calls; a function follows those that it calls. */
export function libraryFor(text: string): string {
  const names = new Set<string>()
  const parts: string[] = []
  const take = (name: string): void => {
    if (names.has(name)) return
    names.add(name)
    const { needs, code } = library[name as LibraryName]
    for (const other of needs) take(other)
    parts.push(code)
  }
  for (const name of Object.keys(library)) if (new RegExp(`\\b${name}\\(`).test(text)) take(name)
  return parts.join('\n')
}
