// Vectors of this translation unit's instruction set. Everything is in an unnamed namespace: the same code is compiled
// several times with different flags, and the linker must not merge their functions. VECTOR_BYTES is 64, 32 or 16.

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace spikeward {
namespace {

template <class T, int L>
struct VecOf {
  typedef T type __attribute__((vector_size(L * sizeof(T)), may_alias));
};
template <class T, int L>
using Vec = typename VecOf<T, L>::type;

template <class T>
constexpr int kFull = VECTOR_BYTES / sizeof(T);

// The number of elements that two types can process together in full registers of the wider type.
template <class A, class B>
constexpr int kShared = kFull<A> < kFull<B> ? kFull<A> : kFull<B>;

template <class T, int L>
inline __attribute__((always_inline)) Vec<T, L> loadV(const T* p) {
  Vec<T, L> v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
template <class T, int L>
inline __attribute__((always_inline)) void storeV(T* p, Vec<T, L> v) {
  __builtin_memcpy(p, &v, sizeof v);
}
// Stores past the caches, if the processor can. `p` is aligned to a register; other threads see the value after
// endOfStores.
inline __attribute__((always_inline)) void storePastCache(float* p, Vec<float, kFull<float>> v) {
#if VECTOR_BYTES == 64
  _mm512_stream_ps(p, (__m512)v);
#elif VECTOR_BYTES == 32
  _mm256_stream_ps(p, (__m256)v);
#elif defined(__SSE2__)
  _mm_stream_ps(p, (__m128)v);
#else
  storeV<float, kFull<float>>(p, v);
#endif
}
inline __attribute__((always_inline)) void endOfStores() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}
template <class T, int L>
inline __attribute__((always_inline)) Vec<T, L> spread(T x) {
  return x - Vec<T, L>{};
}

template <class To, class From>
inline __attribute__((always_inline)) To bitsOf(From v) {
  static_assert(sizeof(To) == sizeof(From), "");
  To r;
  __builtin_memcpy(&r, &v, sizeof r);
  return r;
}

// Whether a comparison is true in all elements.
inline __attribute__((always_inline)) bool allSet(Vec<int32_t, kFull<float>> mask) {
#if VECTOR_BYTES == 64
  return _mm512_movepi32_mask((__m512i)mask) == 0xffff;
#elif VECTOR_BYTES == 32
  return _mm256_movemask_ps((__m256)mask) == 0xff;
#elif defined(__SSE2__)
  return _mm_movemask_ps((__m128)mask) == 0xf;
#elif defined(VECTOR_NEON)
  return vminvq_u32((uint32x4_t)mask) != 0;
#else
  for (int i = 0; i < kFull<float>; i++) if (mask[i] == 0) return false;
  return true;
#endif
}

// a·b + c, rounded once if the instruction set has FMA, else twice.
#if defined(__AVX512F__)
inline __attribute__((always_inline)) Vec<float, 16> fma(Vec<float, 16> a, Vec<float, 16> b, Vec<float, 16> c) { return (Vec<float, 16>)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
inline __attribute__((always_inline)) Vec<double, 8> fma(Vec<double, 8> a, Vec<double, 8> b, Vec<double, 8> c) { return (Vec<double, 8>)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c); }
inline __attribute__((always_inline)) Vec<float, 8> fma(Vec<float, 8> a, Vec<float, 8> b, Vec<float, 8> c) { return (Vec<float, 8>)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
inline __attribute__((always_inline)) Vec<double, 4> fma(Vec<double, 4> a, Vec<double, 4> b, Vec<double, 4> c) { return (Vec<double, 4>)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c); }
inline __attribute__((always_inline)) Vec<float, 16> squareRoot(Vec<float, 16> a) { return (Vec<float, 16>)_mm512_sqrt_ps((__m512)a); }
inline __attribute__((always_inline)) Vec<double, 8> squareRoot(Vec<double, 8> a) { return (Vec<double, 8>)_mm512_sqrt_pd((__m512d)a); }
inline __attribute__((always_inline)) Vec<float, 16> roundDown(Vec<float, 16> a) { return (Vec<float, 16>)_mm512_roundscale_ps((__m512)a, 9); }
inline __attribute__((always_inline)) Vec<double, 8> roundDown(Vec<double, 8> a) { return (Vec<double, 8>)_mm512_roundscale_pd((__m512d)a, 9); }
#elif defined(__AVX2__)
inline __attribute__((always_inline)) Vec<float, 8> fma(Vec<float, 8> a, Vec<float, 8> b, Vec<float, 8> c) { return (Vec<float, 8>)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
inline __attribute__((always_inline)) Vec<double, 4> fma(Vec<double, 4> a, Vec<double, 4> b, Vec<double, 4> c) { return (Vec<double, 4>)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c); }
inline __attribute__((always_inline)) Vec<float, 8> squareRoot(Vec<float, 8> a) { return (Vec<float, 8>)_mm256_sqrt_ps((__m256)a); }
inline __attribute__((always_inline)) Vec<double, 4> squareRoot(Vec<double, 4> a) { return (Vec<double, 4>)_mm256_sqrt_pd((__m256d)a); }
inline __attribute__((always_inline)) Vec<float, 8> roundDown(Vec<float, 8> a) { return (Vec<float, 8>)_mm256_floor_ps((__m256)a); }
inline __attribute__((always_inline)) Vec<double, 4> roundDown(Vec<double, 4> a) { return (Vec<double, 4>)_mm256_floor_pd((__m256d)a); }
#elif defined(VECTOR_NEON)
inline __attribute__((always_inline)) Vec<float, 4> fma(Vec<float, 4> a, Vec<float, 4> b, Vec<float, 4> c) { return (Vec<float, 4>)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }
inline __attribute__((always_inline)) Vec<double, 2> fma(Vec<double, 2> a, Vec<double, 2> b, Vec<double, 2> c) { return (Vec<double, 2>)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b); }
inline __attribute__((always_inline)) Vec<float, 4> squareRoot(Vec<float, 4> a) { return (Vec<float, 4>)vsqrtq_f32((float32x4_t)a); }
inline __attribute__((always_inline)) Vec<double, 2> squareRoot(Vec<double, 2> a) { return (Vec<double, 2>)vsqrtq_f64((float64x2_t)a); }
inline __attribute__((always_inline)) Vec<float, 4> roundDown(Vec<float, 4> a) { return (Vec<float, 4>)vrndmq_f32((float32x4_t)a); }
inline __attribute__((always_inline)) Vec<double, 2> roundDown(Vec<double, 2> a) { return (Vec<double, 2>)vrndmq_f64((float64x2_t)a); }
#else
template <class V>
inline __attribute__((always_inline)) V fma(V a, V b, V c) {
  return a * b + c;
}
template <class V>
inline V squareRoot(V a) {
  for (unsigned i = 0; i < sizeof(a) / sizeof(a[0]); i++) a[i] = sizeof(a[0]) == 4 ? __builtin_sqrtf(float(a[i])) : __builtin_sqrt(a[i]);
  return a;
}
template <class V>
inline V roundDown(V a) {
  for (unsigned i = 0; i < sizeof(a) / sizeof(a[0]); i++) a[i] = sizeof(a[0]) == 4 ? __builtin_floorf(float(a[i])) : __builtin_floor(a[i]);
  return a;
}
#endif

// x in all elements, to be multiplied. An instruction of NEON takes it from one element.
#if defined(VECTOR_NEON)
template <class T, int L>
inline __attribute__((always_inline)) T factor(T x) { return x; }
inline __attribute__((always_inline)) Vec<float, 4> fma(float a, Vec<float, 4> b, Vec<float, 4> c) { return (Vec<float, 4>)vfmaq_n_f32((float32x4_t)c, (float32x4_t)b, a); }
inline __attribute__((always_inline)) Vec<double, 2> fma(double a, Vec<double, 2> b, Vec<double, 2> c) { return (Vec<double, 2>)vfmaq_n_f64((float64x2_t)c, (float64x2_t)b, a); }
#else
template <class T, int L>
inline __attribute__((always_inline)) Vec<T, L> factor(T x) { return spread<T, L>(x); }
#endif

#if defined(VECTOR_NEON)
// A bit for each of sixteen elements that is not 0.
inline __attribute__((always_inline)) unsigned nonZeroBits(const float* a) {
  static constexpr uint16_t low[8] = {1, 2, 4, 8, 16, 32, 64, 128}, high[8] = {256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
  uint16x8_t zero[2];
  for (int h = 0; h < 2; h++, a += 8) zero[h] = vuzp1q_u16(vreinterpretq_u16_u32(vceqzq_f32(vld1q_f32(a))), vreinterpretq_u16_u32(vceqzq_f32(vld1q_f32(a + 4))));
  return vaddvq_u16(vorrq_u16(vbicq_u16(vld1q_u16(low), zero[0]), vbicq_u16(vld1q_u16(high), zero[1])));
}
#endif

// Reads of memory that are begun early: fetches the lines of `streams.next` a few at a time, between other work, so
// that the processor need not wait for them.
class Fetching {
 public:
  // For that number of calls of some().
  Fetching(const Streams& streams, int64_t calls) : at_(streams.next), end_(at_ + streams.nextBytes), perCall_((streams.nextBytes / calls / kLine + 1) * kLine) {}
  void some() {
    for (const char* const to = end_ - at_ < perCall_ ? end_ : at_ + perCall_; at_ < to; at_ += kLine) __builtin_prefetch(at_, 0, 2);
  }

 private:
  static constexpr int64_t kLine = 64;
  const char *at_, *const end_;
  const int64_t perCall_;
};

}  // namespace
}  // namespace spikeward
