// Products of spikes with weights by look-up in memory, for instruction sets whose registers are too small to hold a
// table: sums of the table rows of isa/spikes/spikeLists.inl. The results equal those of isa/spikes/spikes.inl to the
// bit.

namespace spikeward {
namespace {

constexpr int64_t kBlockRows = 256;  // rows of A that share tables

// The weights of one block of columns, in rows of kBlock, padded to whole words.
int64_t tableElements(int64_t k) { return ceilDiv(k, kInputs) * kInputs * kBlock; }

void packWeights(const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t k, int64_t columns, float* to) {
  for (int64_t l = 0; l < k; l += kInputs, to += kInputs * kBlock) copyWeights(b + l * bK, bK, bN, k - l < kInputs ? k - l : kInputs, columns, to);
}

// `patterns`: a list for every row and kListWords words, 4 ⌈k/16⌉ offsets a row.
int64_t loadPatterns(const float* a, ptrdiff_t aRow, ptrdiff_t aK, int64_t rows, int64_t k, uint16_t* words, int32_t* patterns) {
  const int64_t perRow = ceilDiv(k, kInputs);
  uint16_t* lists = (uint16_t*)patterns;
  int64_t count = 0;
  for (int64_t i = 0; i < rows; i++, words += perRow, lists += perRow * kGroups) {
    for (int64_t w = 0; w < perRow; w++) {
      const int64_t l = w * kInputs;
      const unsigned set = firedIn(a + i * aRow + l * aK, aK, k - l < kInputs ? k - l : kInputs);
      words[w] = uint16_t(set);
      count += __builtin_popcount(set);
    }
    for (int64_t w = 0; w < perRow; w += kListWords) listOf(words + w, perRow - w < kListWords ? perRow - w : kListWords, lists + w * kGroups);
  }
  return count;
}

// The number of groups that fired in some words.
inline int groupsIn(const uint16_t* words, int64_t number) {
  uint64_t set[kListWords / 4] = {};
  std::memcpy(set, words, size_t(number) * sizeof(uint16_t));
  int count = 0;
  for (uint64_t s : set) {
    s |= s >> 1;
    s |= s >> 2;
    count += __builtin_popcountll(s & 0x1111111111111111u);
  }
  return count;
}

inline void storeSums(const float* sums, int64_t rows, float* c, int64_t cRow, int64_t columns, bool add) {
  for (int64_t i = 0; i < rows; i++, sums += kBlock, c += cRow) {
    if (!add) std::memcpy(c, sums, size_t(columns) * sizeof(float));
    else for (int64_t j = 0; j < columns; j++) c[j] += sums[j];
  }
}

void lookUpByLoads(const uint16_t* words, const int32_t* patterns, int64_t rows, int64_t k, const float* weights, float* c, int64_t cRow, int64_t columns, bool add) {
  alignas(64) float sums[kBlockRows * kBlock], tables[kListGroups * kPatterns * kBlock];
  uint8_t counts[kBlockRows];
  uint16_t order[kBlockRows];
  const int64_t perRow = ceilDiv(k, kInputs), stride = perRow * kGroups;
  for (int64_t i = 0; i < rows; i += kBlockRows) {
    const int64_t part = rows - i < kBlockRows ? rows - i : kBlockRows;
    const float* block = weights;
    for (int64_t j = 0; j < columns; j += kBlock, block += tableElements(k)) {
      const int64_t some = columns - j < kBlock ? columns - j : kBlock;
      float* const to = c + i * cRow + j;
      for (int64_t w = 0; w < perRow; w += kListWords) {
        const int64_t number = perRow - w < kListWords ? perRow - w : kListWords;
        const bool direct = w + number == perRow && some == kBlock;
        if (j == 0 || perRow > kListWords) {
          for (int64_t r = 0; r < part; r++) counts[r] = uint8_t(groupsIn(words + (i + r) * perRow + w, number));
          sortByCount(counts, part, order);
        }
        tablesOf(block + w * kInputs * kBlock, number * kGroups, tables);
        const float* const before = w == 0 ? nullptr : sums;
        const uint16_t* const lists = (const uint16_t*)patterns + i * stride + w * kGroups;
        sumColumns(some, {lists, stride, counts, order, part, before, kBlock, direct ? to : sums, direct ? cRow : kBlock, direct && add}, tables);
      }
      if (some < kBlock) storeSums(sums, part, to, cRow, some, add);
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

constexpr SpikeKernels loadKernels = {kBlock, kBlockRows, 0.05, 0.09, 11, tableElements, packWeights, loadPatterns, lookUpByLoads, addSpikesByLoads, signsByLoads, countByLoads, listColumns, sumColumnLists};

}  // namespace
}  // namespace spikeward
