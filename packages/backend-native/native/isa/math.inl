// Functions of f32 vectors, accurate to about 1 to 2 units in the last place. The polynomials are our own minimax fits
// over the reduced ranges named in the comments; coefficients are rounded to f32, lowest power first.

namespace spikeward {
namespace {

template <class V>
inline __attribute__((always_inline)) V horner(V, float last) {
  return spread<float, sizeof(V) / 4>(last);
}
template <class V, class... C>
inline __attribute__((always_inline)) V horner(V x, float first, C... rest) {
  return fma(horner(x, rest...), x, spread<float, sizeof(V) / 4>(first));
}

template <class V>
using IntsOf = Vec<int32_t, sizeof(V) / 4>;

// x · 2^k for k in about ±300, as two factors, so that neither leaves the range of normal numbers.
template <class V>
inline V scaleBy(V x, IntsOf<V> k) {
  const IntsOf<V> half = k >> 1;
  return x * bitsOf<V>((half + 127) << 23) * bitsOf<V>((k - half + 127) << 23);
}

// exp x = 2^n exp r, n = round(x / ln 2), |r| ≤ ln 2 / 2; exp r = 1 + r + r² P(r).
template <class V>
inline V expV(V x) {
  x = x > 89.0f ? spread<float, sizeof(V) / 4>(89.0f) : x;
  x = x < -104.0f ? spread<float, sizeof(V) / 4>(-104.0f) : x;
  // Adding 1.5 · 2^23 rounds to an integer and leaves it in the low bits.
  const V magic = spread<float, sizeof(V) / 4>(12582912.0f);
  const V shifted = fma(x, spread<float, sizeof(V) / 4>(1.44269504f), magic);
  const V n = shifted - magic;
  V r = fma(n, spread<float, sizeof(V) / 4>(-0.693359375f), x);
  r = fma(n, spread<float, sizeof(V) / 4>(2.12194440e-4f), r);
  const V p = horner(r, 0.49999994f, 0.166665196f, 0.0416683927f, 0.00836878084f, 0.00138144672f);
  const V y = fma(p, r * r, r) + 1.0f;
  return scaleBy(y, bitsOf<IntsOf<V>>(shifted) - 0x4b400000);
}

// log x = e ln 2 + log(1 + f), x = 2^e (1 + f), √½ ≤ 1 + f < √2; log(1 + f) = f − f²/2 + f³ P(f).
template <class V>
inline V logV(V x) {
  using I = IntsOf<V>;
  const I tiny = x < 1.17549435e-38f;
  const V scaled = tiny ? x * 8388608.0f : x;
  const I bits = bitsOf<I>(scaled);
  I e = (bits >> 23) - 127 - (tiny & 23);
  V m = bitsOf<V>((bits & 0x7fffff) | 0x3f800000);
  const I high = m > 1.41421356f;
  m = high ? m * 0.5f : m;
  e -= high;
  const V f = m - 1.0f;
  const V n = __builtin_convertvector(e, V);
  const V p = horner(f, 0.333333135f, -0.250000089f, 0.200021192f, -0.166679963f, 0.142195523f, -0.124055892f, 0.11888162f, -0.116756529f, 0.0674664229f);
  const V square = f * f;
  V y = p * square * f;
  y = fma(n, spread<float, sizeof(V) / 4>(-2.12194440e-4f), y);
  y = fma(square, spread<float, sizeof(V) / 4>(-0.5f), y);
  y = fma(n, spread<float, sizeof(V) / 4>(0.693359375f), f + y);
  const float inf = __builtin_inff();
  y = x == inf ? x : y;
  y = x == 0.0f ? spread<float, sizeof(V) / 4>(-inf) : y;
  return ((x < 0.0f) | (x != x)) ? spread<float, sizeof(V) / 4>(__builtin_nanf("")) : y;
}

// x = n π/2 + r, |r| ≤ π/4, π/2 in three parts; sin r = r + r³ P(r²), cos r = 1 − r²/2 + r⁴ Q(r²). The C library
// handles arguments beyond 10⁴ (and infinities), since it reduces them in full.
template <class V, int Quadrant>
inline V sinV(V x) {
  using I = IntsOf<V>;
  const V magic = spread<float, sizeof(V) / 4>(12582912.0f);
  const V shifted = fma(x, spread<float, sizeof(V) / 4>(0.636619772f), magic);
  const V n = shifted - magic;
  V r = fma(n, spread<float, sizeof(V) / 4>(-1.5703125f), x);
  r = fma(n, spread<float, sizeof(V) / 4>(-0x1.fb4p-12f), r);
  r = fma(n, spread<float, sizeof(V) / 4>(-0x1.4442d2p-24f), r);
  const I quadrant = bitsOf<I>(shifted) + Quadrant;
  const V u = r * r;
  const V sine = fma(horner(u, -0.166666672f, 0.00833332911f, -0.000198392954f, 2.71793988e-06f), u * r, r);
  const V cosine = fma(horner(u, 0.0416666679f, -0.00138888834f, 2.47994794e-05f, -2.72067894e-07f), u * u, fma(u, spread<float, sizeof(V) / 4>(-0.5f), spread<float, sizeof(V) / 4>(1.0f)));
  V y = (quadrant & 1) != 0 ? cosine : sine;
  y = bitsOf<V>(bitsOf<I>(y) ^ ((quadrant & 2) << 30));
  // −0 stays −0.
  if (Quadrant == 0) y = x == 0.0f ? x : y;
  const V size = bitsOf<V>(bitsOf<I>(x) & 0x7fffffff);
  if (__builtin_expect(allSet(size <= 1e4f), 1)) return y;
  for (unsigned i = 0; i < sizeof(V) / 4; i++) {
    if (!(size[i] <= 1e4f)) y[i] = Quadrant == 0 ? __builtin_sinf(x[i]) : __builtin_cosf(x[i]);
  }
  return y;
}

// |x| < 0.63: x + x³ P(x²); beyond: 1 − 2 / (exp 2|x| + 1) with the sign of x.
template <class V>
inline V tanhV(V x) {
  using I = IntsOf<V>;
  const I sign = bitsOf<I>(x) & int32_t(0x80000000);
  const V a = bitsOf<V>(bitsOf<I>(x) ^ sign);
  const V u = x * x;
  const V near = fma(horner(u, -0.333333284f, 0.133331582f, -0.0539405644f, 0.021666348f, -0.00809196848f, 0.00206466531f) * u, x, x);
  const V far = 1.0f - 2.0f / (expV(a + a) + 1.0f);
  return a < 0.63f ? near : bitsOf<V>(bitsOf<I>(far) | sign);
}

// |x| < 1: x + x P(x²); 1 to 4: 1 − exp Q(|x|), where Q is the logarithm of erfc; beyond 4 the result is 1.
template <class V>
inline V erfV(V x) {
  using I = IntsOf<V>;
  const I sign = bitsOf<I>(x) & int32_t(0x80000000);
  const V a = bitsOf<V>(bitsOf<I>(x) ^ sign);
  const V u = x * x;
  const V near = fma(horner(u, 0.128379166f, -0.376126379f, 0.112837829f, -0.0268654451f, 0.00522107491f, -0.000848471187f, 0.000112705457f, -9.68014047e-06f), x, x);
  const V bounded = a > 4.0f ? spread<float, sizeof(V) / 4>(4.0f) : a;
  const V q = horner(bounded, 0.000191307845f, -1.1295948f, -0.633184552f, -0.108461335f, 0.0252399743f, -0.00421933178f, 0.000445551879f, -2.23609022e-05f, 4.62223966e-08f);
  const V far = 1.0f - expV(q);
  return a < 1.0f ? near : bitsOf<V>(bitsOf<I>(a != a ? a : far) | sign);
}

// |x| ≤ 1: q + q³ P(q²) with q = |x|. Beyond: π/2 minus this with q = 1/|x|. The result has the sign of x.
template <class V>
inline V arctanV(V x) {
  using I = IntsOf<V>;
  const I sign = bitsOf<I>(x) & int32_t(0x80000000);
  const V a = bitsOf<V>(bitsOf<I>(x) ^ sign);
  const V q = a > 1.0f ? 1.0f / a : a;
  const V z = q * q;
  const V near = fma(horner(z, -0.333332986f, 0.199985489f, -0.142642424f, 0.109521858f, -0.08403451f, 0.0579576008f, -0.0311778504f, 0.0109146088f, -0.00179362227f) * z, q, q);
  return bitsOf<V>(bitsOf<I>(a > 1.0f ? 1.57079633f - near : near) | sign);
}

using F32 = Vec<float, kFull<float>>;
template <F32 (*F)(F32)>
void vectors(void* r, const void* x, const void*, const void*, size_t n) {
  for (size_t i = 0; i < n; i += kFull<float>) storeV<float, kFull<float>>((float*)r + i, F(loadV<float, kFull<float>>((const float*)x + i)));
}

// Functions of two numbers, element by element by the C library.
template <class T, T (*F)(T, T)>
void eachPair(void* r, const void* x, const void* y, const void*, size_t n) {
  for (size_t i = 0; i < n; i++) ((T*)r)[i] = F(((const T*)x)[i], ((const T*)y)[i]);
}
float powF32(float x, float y) { return __builtin_powf(x, y); }
double powF64(double x, double y) { return __builtin_pow(x, y); }

// Functions of one real number: of f32 as above, of f64 by the C library.
#define REAL_FUNCTION(name, library, ...)                                                               \
  {#name, 1, vectors<__VA_ARGS__>, [](void* r, const void* x, const void*, const void*, size_t n) {        \
     for (size_t i = 0; i < n; i++) ((double*)r)[i] = library(((const double*)x)[i]);                   \
   }}
constexpr RealFunction kFunctions[] = {
  REAL_FUNCTION(exp, __builtin_exp, expV<F32>),
  REAL_FUNCTION(log, __builtin_log, logV<F32>),
  REAL_FUNCTION(sin, __builtin_sin, sinV<F32, 0>),
  REAL_FUNCTION(cos, __builtin_cos, sinV<F32, 1>),
  REAL_FUNCTION(tanh, __builtin_tanh, tanhV<F32>),
  REAL_FUNCTION(erf, __builtin_erf, erfV<F32>),
  REAL_FUNCTION(arctan, __builtin_atan, arctanV<F32>),
  {"pow", 2, eachPair<float, powF32>, eachPair<double, powF64>},
};
constexpr size_t kFunctionCount = sizeof kFunctions / sizeof kFunctions[0];

}  // namespace
}  // namespace spikeward
