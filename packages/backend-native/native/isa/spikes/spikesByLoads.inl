// Products of spikes with weights, spike by spike, for instruction sets whose registers are too small to hold a table.
// The results equal those of isa/spikes/spikeLists.inl to the bit.

namespace spikeward {
namespace {

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

constexpr SpikeKernels listKernels = {
  kBlock, kBlockRows, 0, 10, 0.09, tableElements, packWeights, spikeWords, patternElements, listPatterns, lookUpLists,
  addSpikesByLoads, signsByLoads, countByLoads, columnElements, listColumns, sumColumnLists, nullptr, nullptr,
};

}  // namespace
}  // namespace spikeward
