// The peak performance of the processor, to compare measured kernels with: products and sums in registers, and a sum of
// two streams.

namespace spikeward {
namespace {

// Twelve chains of multiply-adds in registers, each with `rounds` links; returns the number of operations.
double peakFlops(int64_t rounds, float* result) {
  constexpr int W = kFull<float>, chains = 12;
  using V = Vec<float, W>;
  const V x = loadV<float, W>(result), y = loadV<float, W>(result + W);
  V a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
  for (int64_t r = 0; r < rounds; r++) {
    a = fma(a, x, y), b = fma(b, x, y), c = fma(c, x, y), d = fma(d, x, y), e = fma(e, x, y), f = fma(f, x, y);
    g = fma(g, x, y), h = fma(h, x, y), i = fma(i, x, y), j = fma(j, x, y), k = fma(k, x, y), l = fma(l, x, y);
    // Prevents the compiler from merging equal chains.
#if defined(__x86_64__)
    asm volatile("" : "+x"(a), "+x"(b), "+x"(c), "+x"(d), "+x"(e), "+x"(f), "+x"(g), "+x"(h), "+x"(i), "+x"(j), "+x"(k), "+x"(l));
#elif defined(__aarch64__)
    asm volatile("" : "+w"(a), "+w"(b), "+w"(c), "+w"(d), "+w"(e), "+w"(f), "+w"(g), "+w"(h), "+w"(i), "+w"(j), "+w"(k), "+w"(l));
#endif
  }
  storeV<float, W>(result, a + b + c + d + e + f + g + h + i + j + k + l);
  return 2.0 * W * chains * double(rounds);
}

// a ← b + s · c over n elements, with non-temporal stores if the processor has them. `a` is aligned to 64 bytes.
void triad(float* a, const float* b, const float* c, int64_t n) {
  constexpr int W = kFull<float>;
  const Vec<float, W> s = spread<float, W>(0.5f);
  for (int64_t i = 0; i + W <= n; i += W) {
    storePastCache(a + i, fma(s, loadV<float, W>(c + i), loadV<float, W>(b + i)));
  }
  endOfStores();
}

}  // namespace
}  // namespace spikeward
