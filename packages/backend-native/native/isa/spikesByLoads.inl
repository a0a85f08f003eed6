// Products of spikes with weights by look-up in memory, for instruction sets whose registers are too small to hold a
// table. Four adjacent inputs have sixteen firing patterns. The weight sums of each pattern are rows of a table, built
// in the first-level cache for sixteen inputs at a time: every row of A then adds one table row per group, where
// multiplication adds four. Building a table costs as much as reading it from the second-level cache would.
// The order of additions is that of isa/spikes.inl.

namespace spikeward {
namespace {

constexpr int kGroup = 4, kPatterns = 16;
constexpr int kInputs = 16, kGroups = kInputs / kGroup;  // of one word
constexpr int kBlock = 32;                               // columns of a table
constexpr int64_t kBlockRows = 160;                      // rows whose sums stay in the first-level cache together with the tables
constexpr int kWidth = kFull<float>;
using Row = Vec<float, kWidth>;

inline int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

// The weights of one block of columns, in rows of kBlock, padded to whole words.
int64_t tableElements(int64_t k) { return ceilDiv(k, kInputs) * kInputs * kBlock; }

// tables[g][p][j] = Σ_{i in p} weights[4 g + i][j], terms in order, for the groups of sixteen inputs; `weights` has
// rows of kBlock.
inline void tablesOf(const float* weights, float* tables) {
  for (int g = 0; g < kGroups; g++, weights += kGroup * kBlock, tables += kPatterns * kBlock) {
    for (int j = 0; j < kBlock; j += kWidth) {
      Row sum[kPatterns / 2];
      sum[0] = Row{};
      // A pattern adds its last input to the pattern without it; patterns with the fourth input are only stored.
#pragma GCC unroll 3
      for (int i = 0; i < kGroup - 1; i++) {
        const Row row = loadV<float, kWidth>(weights + i * kBlock + j);
#pragma GCC unroll 4
        for (int p = 0; p < 1 << i; p++) sum[(1 << i) + p] = sum[p] + row;
      }
      const Row last = loadV<float, kWidth>(weights + (kGroup - 1) * kBlock + j);
#pragma GCC unroll 8
      for (int p = 0; p < kPatterns / 2; p++) {
        storeV<float, kWidth>(tables + p * kBlock + j, sum[p]);
        storeV<float, kWidth>(tables + (kPatterns / 2 + p) * kBlock + j, sum[p] + last);
      }
    }
  }
}

// Sixteen rows of B from row `first` on, zeros beyond its end.
inline void copyWeights(const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t rows, int64_t columns, float* to) {
  for (int64_t l = 0; l < kInputs; l++, to += kBlock) {
    int64_t j = 0;
    if (l < rows) {
      if (bN == 1 && columns == kBlock) {
#pragma GCC unroll 8
        for (; j < kBlock; j += kWidth) storeV<float, kWidth>(to + j, loadV<float, kWidth>(b + l * bK + j));
      } else if (bN == 1) std::memcpy(to, b + l * bK, size_t(columns) * sizeof(float)), j = columns;
      else for (; j < columns; j++) to[j] = b[l * bK + j * bN];
    }
    for (; j < kBlock; j++) to[j] = 0;
  }
}

void packWeights(const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t k, int64_t columns, float* to) {
  for (int64_t l = 0; l < k; l += kInputs, to += kInputs * kBlock) copyWeights(b + l * bK, bK, bN, k - l < kInputs ? k - l : kInputs, columns, to);
}

// One bit for each of up to sixteen inputs that is not 0.
inline unsigned firedIn(const float* a, ptrdiff_t aK, int64_t inputs) {
  unsigned set = 0;
#if defined(__AVX2__)
  if (aK == 1 && inputs == kInputs) {
    const __m256 zero = _mm256_setzero_ps();
    set = unsigned(_mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(a), zero, _CMP_NEQ_UQ)));
    return set | unsigned(_mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(a + 8), zero, _CMP_NEQ_UQ))) << 8;
  }
#elif defined(VECTOR_NEON)
  if (aK == 1 && inputs == kInputs) return nonZeroBits(a);
#endif
  for (int64_t l = 0; l < inputs; l++) set |= unsigned(a[l * aK] != 0.0f) << l;
  return set;
}

int64_t loadPatterns(const float* a, ptrdiff_t aRow, ptrdiff_t aK, int64_t rows, int64_t k, uint16_t* words, int32_t*) {
  int64_t count = 0;
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t l = 0; l < k; l += kInputs) {
      const unsigned set = firedIn(a + i * aRow + l * aK, aK, k - l < kInputs ? k - l : kInputs);
      *words++ = uint16_t(set);
      count += __builtin_popcount(set);
    }
  }
  return count;
}

// sums[i] = or += the table rows of words[i · stride], for V registers of columns; rows of kBlock.
template <int V, class Word>
inline __attribute__((always_inline)) void addPatterns(const Word* words, int64_t stride, int64_t rows, const float* tables, float* sums, bool first) {
  for (int64_t i = 0; i < rows; i++, words += stride, sums += kBlock) {
    const unsigned set = unsigned(*words);
    if (set == 0 && !first) continue;
    const float* const group[kGroups] = {
      tables + (set & 15) * kBlock, tables + (kPatterns + (set >> 4 & 15)) * kBlock,
      tables + (2 * kPatterns + (set >> 8 & 15)) * kBlock, tables + (3 * kPatterns + (set >> 12 & 15)) * kBlock};
#pragma GCC unroll 8
    for (int v = 0; v < V; v++) {
      Row sum = first ? Row{} : loadV<float, kWidth>(sums + v * kWidth);
#pragma GCC unroll 4
      for (int g = 0; g < kGroups; g++) sum += loadV<float, kWidth>(group[g] + v * kWidth);
      storeV<float, kWidth>(sums + v * kWidth, sum);
    }
  }
}

template <class Word>
void addPatternsOf(int64_t columns, const Word* words, int64_t stride, int64_t rows, const float* tables, float* sums, bool first) {
  constexpr int kMost = kBlock / kWidth;
  const int64_t registers = ceilDiv(columns, kWidth);
  if (registers * 4 <= kMost) addPatterns<kMost / 4>(words, stride, rows, tables, sums, first);
  else if (registers * 2 <= kMost) addPatterns<kMost / 2>(words, stride, rows, tables, sums, first);
  else if (registers * 4 <= kMost * 3) addPatterns<kMost * 3 / 4>(words, stride, rows, tables, sums, first);
  else addPatterns<kMost>(words, stride, rows, tables, sums, first);
}

inline void storeSums(const float* sums, int64_t rows, float* c, int64_t cRow, int64_t columns, bool add) {
  for (int64_t i = 0; i < rows; i++, sums += kBlock, c += cRow) {
    if (!add) std::memcpy(c, sums, size_t(columns) * sizeof(float));
    else for (int64_t j = 0; j < columns; j++) c[j] += sums[j];
  }
}

void lookUpByLoads(const uint16_t* words, const int32_t*, int64_t rows, int64_t k, const float* weights, float* c, int64_t cRow, int64_t columns, bool add) {
  alignas(64) float sums[kBlockRows * kBlock], tables[kGroups * kPatterns * kBlock];
  const int64_t perRow = ceilDiv(k, kInputs);
  for (int64_t j = 0; j < columns; j += kBlock, weights += tableElements(k)) {
    const int64_t some = columns - j < kBlock ? columns - j : kBlock;
    for (int64_t i = 0; i < rows; i += kBlockRows) {
      const int64_t part = rows - i < kBlockRows ? rows - i : kBlockRows;
      for (int64_t w = 0; w < perRow; w++) {
        tablesOf(weights + w * kInputs * kBlock, tables);
        addPatternsOf(some, words + i * perRow + w, perRow, part, tables, sums, w == 0);
      }
      storeSums(sums, part, c + i * cRow + j, cRow, some, add);
    }
  }
}

// Columns of one row of C, spike by spike: the spikes of a group are added up before they are added to the sum.
template <int V>
inline __attribute__((always_inline)) void addGroups(const uint16_t* words, int64_t k, const float* b, ptrdiff_t bRow, float* sums) {
  Row sum[V];
#pragma GCC unroll 16
  for (int v = 0; v < V; v++) sum[v] = Row{};
  for (int64_t l = 0; l < k; l += kInputs, b += kInputs * bRow) {
    for (unsigned set = *words++; set != 0;) {
      const int first = __builtin_ctz(set);
      unsigned more = set & (15u << (first & ~(kGroup - 1)));
      set ^= more;
      more &= more - 1;
      const float* row = b + first * bRow;
      if (more == 0) {
#pragma GCC unroll 16
        for (int v = 0; v < V; v++) sum[v] += loadV<float, kWidth>(row + v * kWidth);
        continue;
      }
      const float* next[kGroup - 1];
      int n = 0;
      for (; more != 0; more &= more - 1) next[n++] = b + __builtin_ctz(more) * bRow;
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) {
        Row part = loadV<float, kWidth>(row + v * kWidth) + loadV<float, kWidth>(next[0] + v * kWidth);
        for (int i = 1; i < n; i++) part += loadV<float, kWidth>(next[i] + v * kWidth);
        sum[v] += part;
      }
    }
  }
#pragma GCC unroll 16
  for (int v = 0; v < V; v++) storeV<float, kWidth>(sums + v * kWidth, sum[v]);
}

void addSpikesByLoads(const uint16_t* words, int64_t rows, int64_t k, const float* b, ptrdiff_t bRow, float* c, int64_t cRow, int64_t columns, bool add) {
  constexpr int kMost = kWidth == 4 ? 16 : 8;  // half of the registers
  const int64_t perRow = ceilDiv(k, kInputs);
  alignas(64) float sums[kMost * kWidth];
  for (int64_t j = 0; j < columns; j += kMost * kWidth) {
    const int64_t some = columns - j < kMost * kWidth ? columns - j : kMost * kWidth;
    for (int64_t i = 0; i < rows; i++) {
      if (some > kMost / 2 * kWidth) addGroups<kMost>(words + i * perRow, k, b + j, bRow, sums);
      else addGroups<kMost / 2>(words + i * perRow, k, b + j, bRow, sums);
      storeSums(sums, 1, c + i * cRow + j, cRow, some, add);
    }
  }
}

// ---- sums over many rows of spikes: Aᵀ B, where four adjacent rows form a group

// The spikes in k rows, 16 rows to a number: [⌈k/16⌉][m]. Column i of row l is a[i · aM + l · aK].
void columnPatternsByLoads(const float* a, ptrdiff_t aM, ptrdiff_t aK, int64_t m, int64_t k, int32_t* patterns) {
  for (int64_t l = 0; l < k; l += kInputs, patterns += m) {
    const int64_t rows = k - l < kInputs ? k - l : kInputs;
    int64_t i = 0;
    if (aM == 1) {
      using Bits = Vec<int32_t, kWidth>;
      for (; i + kWidth <= m; i += kWidth) {
        Bits fired{};
        for (int64_t q = 0; q < rows; q++) {
          const Row x = loadV<float, kWidth>(a + i + (l + q) * aK);
          fired |= bitsOf<Bits>(x != 0.0f) & (1 << q);
        }
        storeV<int32_t, kWidth>(patterns + i, fired);
      }
    }
    for (; i < m; i++) patterns[i] = int32_t(firedIn(a + i * aM + l * aK, aK, rows));
  }
}

// C in blocks of columns: [⌈n/kBlock⌉][m][kBlock], = or += the sum over k ≤ kSpikeDepth rows.
void lookUpColumnsByLoads(const int32_t* patterns, int64_t m, int64_t k, const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t n, float* c, bool accumulate) {
  alignas(64) float weights[kInputs * kBlock], tables[kGroups * kPatterns * kBlock];
  for (int64_t j = 0; j < n; j += kBlock, c += m * kBlock) {
    const int64_t some = n - j < kBlock ? n - j : kBlock;
    for (int64_t l = 0; l < k; l += kInputs) {
      copyWeights(b + l * bK + j * bN, bK, bN, k - l < kInputs ? k - l : kInputs, some, weights);
      tablesOf(weights, tables);
      addPatternsOf(some, patterns + l / kInputs * m, 1, m, tables, c, l == 0 && !accumulate);
    }
  }
}

constexpr SpikeKernels loadKernels = {kBlock, false, 0.17, 0.09, tableElements, packWeights, loadPatterns, lookUpByLoads, addSpikesByLoads, signsByLoads, countByLoads, columnPatternsByLoads, lookUpColumnsByLoads};

}  // namespace
}  // namespace spikeward
