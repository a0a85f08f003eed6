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

// a·b + c, rounded once if the instruction set has FMA, else twice.
#if defined(__AVX512F__)
inline __attribute__((always_inline)) Vec<float, 16> fma(Vec<float, 16> a, Vec<float, 16> b, Vec<float, 16> c) { return (Vec<float, 16>)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
inline __attribute__((always_inline)) Vec<double, 8> fma(Vec<double, 8> a, Vec<double, 8> b, Vec<double, 8> c) { return (Vec<double, 8>)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c); }
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

}  // namespace
}  // namespace spikeward
