// Kernels of matrix products: a register tile over a packed panel of B, and sums of rows of B selected by index.

namespace spikeward {
namespace {

#if VECTOR_BYTES == 64 || defined(VECTOR_NEON)
constexpr int kTileRows = 12;
#elif VECTOR_BYTES == 32
constexpr int kTileRows = 6;
#else
constexpr int kTileRows = 4;
#endif
constexpr int kTileVectors = 2;

#if VECTOR_BYTES == 64
// The first n elements of a register.
inline unsigned firstOf(int64_t n) { return n > 0 ? (1u << n) - 1 : 0; }
#endif

template <class T>
inline __attribute__((always_inline)) void storePart(T* to, Vec<T, kFull<T>> v, int n) {
  if (n >= kFull<T>) return storeV<T, kFull<T>>(to, v);
#if VECTOR_BYTES == 64
  // A loop over elements would keep the sums of a tile in memory.
  if constexpr (sizeof(T) == 4) _mm512_mask_storeu_ps(to, __mmask16(firstOf(n)), (__m512)v);
  else _mm512_mask_storeu_pd(to, __mmask8(firstOf(n)), (__m512d)v);
#else
  for (int i = 0; i < n; i++) to[i] = v[i];
#endif
}

template <class T>
inline __attribute__((always_inline)) Vec<T, kFull<T>> loadPart(const T* from, int64_t n) {
  if (n >= kFull<T>) return loadV<T, kFull<T>>(from);
#if VECTOR_BYTES == 64
  if constexpr (sizeof(T) == 4) return (Vec<T, kFull<T>>)_mm512_maskz_loadu_ps(__mmask16(firstOf(n)), from);
  else return (Vec<T, kFull<T>>)_mm512_maskz_loadu_pd(__mmask8(firstOf(n)), from);
#else
  Vec<T, kFull<T>> v{};
  for (int i = 0; i < n; i++) v[i] = from[i];
  return v;
#endif
}

// A term of a sum.
template <class T>
struct OneTerm {
  using V = Vec<T, kFull<T>>;
  static inline __attribute__((always_inline)) V add(const T* left, V right, V sum) { return fma(factor<T, kFull<T>>(*left), right, sum); }
};

// Two terms of operands that are rounded to bf16: a word of 32 bits holds the elements 2 l and 2 l + 1 of k. The sum of
// f32 adds that of 2 l + 1 first, as the instruction of AVX512-BF16 does; the products are exact.
template <bool instruction>
struct TwoTerms {
  static constexpr int W = kFull<float>;
  using V = Vec<float, W>;
  using Words = Vec<uint32_t, W>;
  static inline __attribute__((always_inline)) V add(const float* left, V right, V sum) {
    uint32_t word;
    __builtin_memcpy(&word, left, sizeof word);
    const Words a = spread<uint32_t, W>(word), b = bitsOf<Words>(right);
#if VECTOR_BYTES == 64
    if constexpr (instruction) {
      asm("vdpbf16ps %1, %2, %0" : "+v"(sum) : "v"(b), "v"(a));
      return sum;
    }
#endif
    sum = fma(bitsOf<V>(a & 0xffff0000u), bitsOf<V>(b & 0xffff0000u), sum);
    return fma(bitsOf<V>(a << 16), bitsOf<V>(b << 16), sum);
  }
};

// The nearest number of bf16, ties to even; 0 for a subnormal number.
inline uint32_t roundedToHalf(float x) {
  const uint32_t bits = bitsOf<uint32_t>(x), size = bits & 0x7fffffffu;
  const uint32_t near = size > 0x7f800000u ? bits | 0x400000u : bits + 0x7fffu + (bits >> 16 & 1u);
  return (size < 0x800000u ? bits & 0x80000000u : near) >> 16;
}
void pairHalves(const float* even, const float* odd, ptrdiff_t stride, int64_t n, uint32_t* to, ptrdiff_t toStride) {
  // Strides that the compiler knows let it use vectors.
  const auto write = [&](auto step, auto toStep, auto both) {
    for (int64_t i = 0; i < n; i++) to[i * toStep] = roundedToHalf(even[i * step]) | (both ? roundedToHalf(odd[i * step]) << 16 : 0);
  };
  const std::integral_constant<ptrdiff_t, 1> one;
  const std::integral_constant<ptrdiff_t, 2> two;
  if (odd == nullptr) write(stride, toStride, std::false_type());
  else if (toStride == 1 && stride == 1) write(one, one, std::true_type());
  else if (toStride == 1 && stride == 2) write(two, one, std::true_type());
  else if (stride == 1) write(one, toStride, std::true_type());
  else write(stride, toStride, std::true_type());
}

// R rows by C registers; every element is a sum in order of k, for any shape of the tile.
template <class T, int R, int C, class Terms>
void tileOf(const T* a, ptrdiff_t aRow, ptrdiff_t aK, const T* b, ptrdiff_t bRow, int64_t k, T* c, int64_t cRow, int columns, bool accumulate) {
  constexpr int W = kFull<T>, G = (R + 2) / 3;
  using V = Vec<T, W>;
  V sum[R][C];
  // One base pointer for three rows; the others are addressed by the row stride and twice the row stride.
  const T* base[G];
  for (int g = 0; g < G; g++) base[g] = a + 3 * g * aRow;
  const bool whole = columns == C * W;
#pragma GCC unroll 12
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 2
    for (int v = 0; v < C; v++) {
      sum[r][v] = V{};
      if (accumulate) {
        sum[r][v] = whole ? loadV<T, W>(c + r * cRow + v * W) : loadPart<T>(c + r * cRow + v * W, columns - v * W);
      }
    }
  }
  for (int64_t l = 0; l < k; l++) {
    V right[C];
#pragma GCC unroll 2
    for (int v = 0; v < C; v++) right[v] = loadV<T, W>(b + v * W);
#pragma GCC unroll 12
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 2
      for (int v = 0; v < C; v++) sum[r][v] = Terms::add(base[r / 3] + (r % 3) * aRow, right[v], sum[r][v]);
    }
    b += bRow;
#pragma GCC unroll 4
    for (int g = 0; g < G; g++) base[g] += aK;
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 2
    for (int v = 0; v < C; v++) {
      if (whole) storeV<T, W>(c + r * cRow + v * W, sum[r][v]);
      else storePart<T>(c + r * cRow + v * W, sum[r][v], columns - v * W);
    }
  }
}

template <class T, int C, class Terms>
void tileOfRegisters(const T* a, ptrdiff_t aRow, ptrdiff_t aK, const T* b, ptrdiff_t bRow, int64_t k, T* c, int64_t cRow, int rows, int columns, bool accumulate) {
  const auto take = [&](auto f, int n) {
    f(a, aRow, aK, b, bRow, k, c, cRow, columns, accumulate);
    a += n * aRow, c += n * cRow, rows -= n;
  };
  // A row of one register leaves room for twice the rows.
  if constexpr (kTileRows > 8 || (kTileRows == 6 && C == 1)) {
    while (rows >= 12) take(tileOf<T, 12, C, Terms>, 12);
    if (rows >= 8) take(tileOf<T, 8, C, Terms>, 8);
  }
  if constexpr (kTileRows == 6) while (rows >= 6) take(tileOf<T, 6, C, Terms>, 6);
  while (rows >= 4) take(tileOf<T, 4, C, Terms>, 4);
  if (rows >= 2) take(tileOf<T, 2, C, Terms>, 2);
  if (rows >= 1) take(tileOf<T, 1, C, Terms>, 1);
}
template <class T, class Terms = OneTerm<T>>
void tile(const T* a, ptrdiff_t aRow, ptrdiff_t aK, const T* b, ptrdiff_t bRow, int64_t k, T* c, int64_t cRow, int rows, int columns, bool accumulate) {
  (columns > kFull<T> ? tileOfRegisters<T, kTileVectors, Terms> : tileOfRegisters<T, 1, Terms>)(a, aRow, aK, b, bRow, k, c, cRow, rows, columns, accumulate);
}

void tileOfHalves(const float* a, ptrdiff_t aRow, ptrdiff_t aK, const float* b, ptrdiff_t bRow, int64_t k, float* c, int64_t cRow, int rows, int columns, bool accumulate) {
#if VECTOR_BYTES == 64
  static const bool has = processor().multipliesHalves;
  if (has) return tile<float, TwoTerms<true>>(a, aRow, aK, b, bRow, k, c, cRow, rows, columns, accumulate);
#endif
  tile<float, TwoTerms<false>>(a, aRow, aK, b, bRow, k, c, cRow, rows, columns, accumulate);
}

template <class T>
int64_t compressStrided(const T* a, ptrdiff_t aK, int64_t from, int64_t k, int32_t* to, int64_t count) {
  for (int64_t l = from; l < k; l++) {
    to[count] = int32_t(l);
    count += a[l * aK] != T(0);
  }
  return count;
}

// Of 64 elements, the most nonzero ones that are listed one by one.
constexpr int kFewOf64 = 12;

#if defined(__AVX512F__)
// The elements of one mask: whether each is not zero, and the indices of those that are, from l on.
constexpr int kListed = 16;
template <class T>
inline unsigned nonzeros(const T* a) {
  if constexpr (sizeof(T) == 4) return unsigned(_mm512_cmp_ps_mask(_mm512_loadu_ps((const float*)a), _mm512_setzero_ps(), _CMP_NEQ_UQ));
  const auto eight = [](const T* x) { return unsigned(_mm512_cmp_pd_mask(_mm512_loadu_pd((const double*)x), _mm512_setzero_pd(), _CMP_NEQ_UQ)); };
  return eight(a) | eight(a + 8) << 8;
}
inline void list(unsigned set, int64_t l, int32_t* to) {
  const __m512i numbers = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  // Compresses in a register, because the form that stores to memory is slow on some processors.
  _mm512_storeu_si512(to, _mm512_maskz_compress_epi32(__mmask16(set), _mm512_add_epi32(numbers, _mm512_set1_epi32(int32_t(l)))));
}
#elif defined(__AVX2__)
// The numbers of the bits of a byte that are set, in ascending order.
struct BitNumbers {
  alignas(8) uint8_t of[256][8];
  constexpr BitNumbers() : of() {
    for (int m = 0; m < 256; m++) for (int i = 0, n = 0; i < 8; i++) if (m >> i & 1) of[m][n++] = uint8_t(i);
  }
};
constexpr BitNumbers bitNumbers;
constexpr int kListed = 8;
template <class T>
inline unsigned nonzeros(const T* a) {
  if constexpr (sizeof(T) == 4) return unsigned(_mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps((const float*)a), _mm256_setzero_ps(), _CMP_NEQ_UQ)));
  const auto four = [](const T* x) { return unsigned(_mm256_movemask_pd(_mm256_cmp_pd(_mm256_loadu_pd((const double*)x), _mm256_setzero_pd(), _CMP_NEQ_UQ))); };
  return four(a) | four(a + 4) << 4;
}
inline void list(unsigned set, int64_t l, int32_t* to) {
  // Writes whole registers: a loop over the set bits would mispredict its last branch.
  const __m256i numbers = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i*)bitNumbers.of[set]));
  _mm256_storeu_si256((__m256i*)to, _mm256_add_epi32(numbers, _mm256_set1_epi32(int32_t(l))));
}
#endif

template <class T>
int64_t compress(const T* a, ptrdiff_t aK, int64_t k, int32_t* to) {
  int64_t count = 0, l = 0;
#if defined(__AVX2__)
  if (aK == 1) {
    for (; l + 64 <= k; l += 64) {
      uint64_t set = 0;
#pragma GCC unroll 8
      for (int i = 0; i < 64; i += kListed) set |= uint64_t(nonzeros(a + l + i)) << i;
      const int some = __builtin_popcountll(set);
      int32_t* at = to + count;
      count += some;
      if (some <= kFewOf64) {
        // Four at a time, because the end of a loop over each would be mispredicted.
        do {
#pragma GCC unroll 4
          for (int i = 0; i < 4; i++, set &= set - 1) *at++ = int32_t(l) + int32_t(__builtin_ctzll(set | uint64_t(1) << 63));
        } while (set != 0);
      } else for (int i = 0; i < 64; i += kListed, set >>= kListed) {
        const unsigned part = unsigned(set & ((1u << kListed) - 1));
        list(part, l + i, at);
        at += __builtin_popcount(part);
      }
    }
    for (; l + kListed <= k; l += kListed) {
      const unsigned set = nonzeros(a + l);
      list(set, l, to + count);
      count += __builtin_popcount(set);
    }
  }
#elif defined(VECTOR_NEON)
  if constexpr (sizeof(T) == 4) if (aK == 1) {
    for (; l + 16 <= k; l += 16) {
      for (unsigned set = nonZeroBits(a + l); set != 0; set &= set - 1) to[count++] = int32_t(l) + __builtin_ctz(set);
    }
  }
#endif
  return compressStrided(a, aK, l, k, to, count);
}

template <class T, int N, bool Scaled>
inline __attribute__((always_inline)) void addBlock(const T* b, ptrdiff_t bRow, const int32_t* index, int64_t count, const T* a, ptrdiff_t aK, T* c, int64_t n, bool accumulate) {
  constexpr int W = kFull<T>;
  Vec<T, W> sum[N];
#pragma GCC unroll 8
  for (int v = 0; v < N; v++) sum[v] = accumulate && n > v * W ? loadPart<T>(c + v * W, n - v * W) : Vec<T, W>{};
  for (int64_t l = 0; l < count; l++) {
    const T* row = b + index[l] * bRow;
    if constexpr (Scaled) {
      const auto left = factor<T, W>(a[index[l] * aK]);
#pragma GCC unroll 8
      for (int v = 0; v < N; v++) sum[v] = fma(left, loadV<T, W>(row + v * W), sum[v]);
    } else {
#pragma GCC unroll 8
      for (int v = 0; v < N; v++) sum[v] += loadV<T, W>(row + v * W);
    }
  }
#pragma GCC unroll 8
  for (int v = 0; v < N; v++) if (n > v * W) storePart<T>(c + v * W, sum[v], int(n - v * W < W ? n - v * W : W));
}

template <class T, bool Scaled>
inline __attribute__((always_inline)) void addAll(const T* b, ptrdiff_t bRow, const int32_t* index, int64_t count, const T* a, ptrdiff_t aK, T* c, int64_t n, bool accumulate) {
  constexpr int64_t W = kFull<T>;
  for (; n > 4 * W; b += 8 * W, c += 8 * W, n -= 8 * W) addBlock<T, 8, Scaled>(b, bRow, index, count, a, aK, c, n, accumulate);
  if (n > 2 * W) addBlock<T, 4, Scaled>(b, bRow, index, count, a, aK, c, n, accumulate);
  else if (n > W) addBlock<T, 2, Scaled>(b, bRow, index, count, a, aK, c, n, accumulate);
  else if (n > 0) addBlock<T, 1, Scaled>(b, bRow, index, count, a, aK, c, n, accumulate);
}

template <class T>
void addRows(const T* b, ptrdiff_t bRow, const int32_t* index, int64_t count, T* c, int64_t n, bool accumulate) {
  addAll<T, false>(b, bRow, index, count, nullptr, 0, c, n, accumulate);
}
template <class T>
void addScaledRows(const T* b, ptrdiff_t bRow, const int32_t* index, int64_t count, const T* a, ptrdiff_t aK, T* c, int64_t n, bool accumulate) {
  addAll<T, true>(b, bRow, index, count, a, aK, c, n, accumulate);
}

// Sums of windows are in registers of at most 32 bytes: an event reads what the one before it has stored, and stores of
// 64 bytes take longer to get there.
template <class T>
constexpr int kWindow = VECTOR_BYTES == 64 ? kFull<T> / 2 : kFull<T>;
template <class T>
int64_t windowColumns(int64_t n) { return (n + kWindow<T> - 1) / kWindow<T> * kWindow<T>; }

// N registers a row.
template <class T, int N>
void addEvents(const T* a, const int32_t* index, int64_t count, int64_t step, int64_t length, const T* b, ptrdiff_t bRow, T* c, ptrdiff_t cRow, int64_t rows) {
  constexpr int W = kWindow<T>;
  // p / step for p < 2^16, since a division takes as long as an event.
  const uint64_t inverse = ((uint64_t(1) << 40) + uint64_t(step) - 1) / uint64_t(step);
  const auto cellOf = [&](int64_t p) { return int64_t(uint64_t(p) * inverse >> 40); };
  for (int64_t q = 0; q < count; q++) {
    const int64_t p = index[q], cell = cellOf(p);
    const int64_t first = p < length ? 0 : cellOf(p - length) + 1, last = cell < rows ? cell : rows - 1;
    const auto left = factor<T, W>(a[p]);
    const T* right = b + (p - first * step) * bRow;
    T* to = c + first * cRow;
    const auto row = [&] {
#pragma GCC unroll 4
      for (int v = 0; v < N; v++) storeV<T, W>(to + v * W, fma(left, loadV<T, W>(right + v * W), loadV<T, W>(to + v * W)));
      to += cRow, right -= step * bRow;
    };
    // The usual numbers of rows without a loop.
    if (last - first == 2) row(), row(), row();
    else if (last - first == 4) row(), row(), row(), row(), row();
    else for (int64_t i = first; i <= last; i++) row();
  }
}
template <class T>
void addToWindows(const T* a, const int32_t* index, int64_t count, int64_t step, int64_t length, const T* b, ptrdiff_t bRow, T* c, ptrdiff_t cRow, int64_t rows, int64_t n) {
  constexpr int W = kWindow<T>;
  if (n <= W) addEvents<T, 1>(a, index, count, step, length, b, bRow, c, cRow, rows);
  else if (n <= 2 * W) addEvents<T, 2>(a, index, count, step, length, b, bRow, c, cRow, rows);
  else if (n <= 3 * W) addEvents<T, 3>(a, index, count, step, length, b, bRow, c, cRow, rows);
  else addEvents<T, 4>(a, index, count, step, length, b, bRow, c, cRow, rows);
}

template <class T>
void fewColumns(const T* a, ptrdiff_t aRow, const T* b, int64_t k, T* c, int64_t rows, int n) {
  constexpr int W = kFull<T>;
  using V = Vec<T, W>;
  for (int64_t i = 0; i < rows; i++, a += aRow, c += n) {
    for (int j = 0; j < n; j++) {
      const T* column = b + j * k;
      V one{}, two{};
      int64_t l = 0;
      for (; l + 2 * W <= k; l += 2 * W) {
        one = fma(loadV<T, W>(a + l), loadV<T, W>(column + l), one);
        two = fma(loadV<T, W>(a + l + W), loadV<T, W>(column + l + W), two);
      }
      for (; l + W <= k; l += W) one = fma(loadV<T, W>(a + l), loadV<T, W>(column + l), one);
      one += two;
      T parts[W];
      storeV<T, W>(parts, one);
      for (int step = W / 2; step > 0; step /= 2) for (int p = 0; p < step; p++) parts[p] += parts[p + step];
      T sum = parts[0];
      for (; l < k; l++) sum += a[l] * column[l];
      c[j] = sum;
    }
  }
}

// Blocks of columns end at n; where none fits, one column at a time.
template <class T>
void subtractProducts(const T* u, int64_t n, int64_t count, int64_t row, double* rest, int64_t from) {
  constexpr int W = kFull<double>, C = 2;
  using V = Vec<double, W>;
  int64_t end = n;
  for (; end > from && end >= C * W; end -= C * W) {
    double* at = rest + end - C * W;
    V sum[kFactorRows][C];
#pragma GCC unroll 4
    for (int r = 0; r < kFactorRows; r++) for (int v = 0; v < C; v++) sum[r][v] = loadV<double, W>(at + r * n + v * W);
    const T* left = u + row;
    const T* right = u + end - C * W;
    for (int64_t l = 0; l < count; l++, left += n, right += n) {
      const V x[C] = {__builtin_convertvector((loadV<T, W>(right)), V), __builtin_convertvector((loadV<T, W>(right + W)), V)};
#pragma GCC unroll 4
      for (int r = 0; r < kFactorRows; r++) for (int v = 0; v < C; v++) sum[r][v] -= spread<double, W>(double(left[r])) * x[v];
    }
#pragma GCC unroll 4
    for (int r = 0; r < kFactorRows; r++) for (int v = 0; v < C; v++) storeV<double, W>(at + r * n + v * W, sum[r][v]);
  }
  for (int64_t l = 0; l < count; l++)
    for (int r = 0; r < kFactorRows; r++)
      for (int64_t i = from; i < end; i++) rest[r * n + i] -= double(u[l * n + row + r]) * double(u[l * n + i]);
}

template <class T>
constexpr ProductKernels<T> productKernels() {
  return {kTileRows, kTileVectors * kFull<T>, tile<T>, compress<T>, addRows<T>, addScaledRows<T>, addToWindows<T>, windowColumns<T>, fewColumns<T>, subtractProducts<T>};
}

}  // namespace
}  // namespace spikeward
