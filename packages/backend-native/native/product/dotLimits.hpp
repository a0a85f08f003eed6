// Block sizes and thresholds of products, shared by planning and execution.
#pragma once
#include <cstddef>
#include <cstdint>

namespace spikeward {

// The share of nonzero elements above which dense rows are faster: for A of 0 and 1, and for general A.
constexpr double kBinaryDensity = 0.5, kDensity = 0.45;
// The share of nonzero elements of the windows of a convolution above which dense rows are faster, and the elements
// that it is estimated from.
constexpr double kWindowDensity = 0.17;
constexpr int64_t kWindowSample = 128;
// The most windows in a block of whole lines, lines in a block, and runs of a window.
constexpr int64_t kWindowRows = 256, kMostLines = 16, kMostRuns = 64;
constexpr int64_t kLeastLine = 16;   // the shortest runs of windows, and lines of them, that are multiplied without a copy
constexpr int64_t kCellRows = 512;   // the most rows of windows of spikes in a block
constexpr int64_t kDepth = 256;      // of a block of k
constexpr int64_t kSparseRows = 48;  // rows of A whose indices are held at once
// For spikes by look-up: the inputs, and the elements of B. Beyond the second pair B is wide: its tables are not
// stored, and many rows must share them.
constexpr int64_t kLookUpDepth = 4096, kLookUpSize = 1 << 24, kStoredDepth = 1024, kStoredSize = 1 << 17;
// For long sums over k: the elements of a result and, for spikes by look-up, those of all chunks together, of which
// there may be kLeastChunks for several threads.
constexpr int64_t kLongSumSize = 1 << 16, kSpikeChunksSize = 1 << 21, kLeastChunks = 4;
// Calls of lookUpColumns whose lists are made before a block of columns of the result is added to.
constexpr int64_t kListedCalls = 8;

// Rows of spikes that are not contiguous are gathered if this many hold those of two time steps. Gathering longer parts
// gains nothing.
constexpr int64_t kGatheredRows = 256;
// Results of products of spikes of at least this many bytes are stored past the caches.
constexpr size_t kPastCacheBytes = size_t(4) << 20;

inline int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
inline size_t aligned(size_t n) { return (n + 63) / 64 * 64; }

// The terms and the columns of a product whose operands may be rounded: fewer are coordinates or outputs.
constexpr int64_t kLeastRounded = 16;
constexpr int64_t kRowsInPlace = 48;  // the most rows of A for which B is not packed
constexpr int64_t kWindowBytes = 192 << 10;  // of a block of rows of windows

template <class T>
inline bool allFinite(const T* x, int64_t n) {
  // 0 for finite numbers, NaN otherwise; several sums, none of which waits for another.
  constexpr int64_t lanes = 16;
  T worst[lanes] = {};
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) for (int64_t l = 0; l < lanes; l++) worst[l] += x[i + l] * T(0);
  for (; i < n; i++) worst[0] += x[i] * T(0);
  for (int64_t l = 1; l < lanes; l++) worst[0] += worst[l];
  return worst[0] == T(0);
}

// Before the spikes of a block of rows: their number, and whether the patterns follow the words.
struct SpikesHead {
  alignas(64) int64_t spikes;
  bool hasPatterns;
};
inline size_t bytesOfWords(int64_t rows, int64_t k) { return aligned(size_t(rows * ceilDiv(k, 16)) * sizeof(uint16_t)); }

}  // namespace spikeward
