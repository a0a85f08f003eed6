// What is compiled once for each instruction set: row operations, product kernels. Chosen when a backend is made.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

#include "plan/plan.hpp"

namespace spikeward {

// r[i] = op(x[i], y[i], z[i]) for i < n; n is a multiple of kLanes, and operands may be r itself.
using RowFn = void (*)(void* r, const void* x, const void* y, const void* z, size_t n);

// Rows are padded to this many elements, whatever the instruction set.
constexpr size_t kLanes = 16;

// C[i, j] (rows ≤ kernelRows, columns ≤ kernelColumns) = or += Σ_k A[i, k] B[k, j]; B is a packed panel: k rows of
// kernelColumns elements. Strides of A in elements.
template <class T>
using TileFn = void (*)(const T* a, ptrdiff_t aRow, ptrdiff_t aK, const T* b, int64_t k, T* c, int64_t cRow, int rows, int columns, bool accumulate);

template <class T>
struct ProductKernels {
  int rows, columns;  // of the register tile
  TileFn<T> tile;
  // Numbers of the elements of a row of A that are not 0, ascending; gives how many. `to` has room for k and 16 more.
  int64_t (*compress)(const T* a, ptrdiff_t aK, int64_t k, int32_t* to);
  // c[j] = or += Σ_l b[index[l] · bRow + j] for j < n, terms in order of l. May read (not write) up to four registers past b's rows.
  void (*addRows)(const T* b, ptrdiff_t bRow, const int32_t* index, int64_t count, T* c, int64_t n, bool accumulate);
  // The same with each term times a[index[l] · aK].
  void (*addScaledRows)(const T* b, ptrdiff_t bRow, const int32_t* index, int64_t count, const T* a, ptrdiff_t aK, T* c, int64_t n, bool accumulate);
  // c[i · n + j] = Σ_l a[i · aRow + l] b[j · k + l] for j < n ≤ 4: rows of A and columns of B contiguous.
  void (*fewColumns)(const T* a, ptrdiff_t aRow, const T* b, int64_t k, T* c, int64_t rows, int n);
};

// Products of spikes, f32, by look-up (isa/spikes.inl in registers, isa/spikesByLoads.inl in memory). Every element is the sum over groups of four inputs of sums over
// their spikes, both in order, whichever way it is found.
constexpr int64_t kSpikeRows = 16;    // rows that are looked up at once
constexpr int64_t kSpikeDepth = 128;  // rows that one call of lookUpColumns takes at most
struct SpikeKernels {
  int64_t tableColumns;  // that one block of tables holds
  bool turned;           // how lookUpColumns leaves C
  int64_t (*tableElements)(int64_t k);  // of one block of tables
  // Sums of every pattern of every group of inputs for up to tableColumns columns of B.
  void (*tables)(const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t k, int64_t columns, float* to);
  // Who fired, as bits (⌈k/16⌉ words a row) and, where look-up needs them, as numbers (⌈rows/16⌉ · ⌈k/16⌉ · 32 of them); gives how many did.
  int64_t (*patterns)(const float* a, ptrdiff_t aRow, ptrdiff_t aK, int64_t rows, int64_t k, uint16_t* words, int32_t* patterns);
  // C from tables of ⌈columns/tableColumns⌉ blocks: the same time for any number of spikes. `add`: C and the product, added at the end.
  void (*lookUp)(const uint16_t* words, const int32_t* patterns, int64_t rows, int64_t k, const float* tables, float* c, int64_t cRow, int64_t columns, bool add);
  // C from rows of B, one for each spike.
  void (*addRows)(const uint16_t* words, int64_t rows, int64_t k, const float* b, ptrdiff_t bRow, float* c, int64_t cRow, int64_t columns, bool add);
  // Null where bits are not counted: whether weights are all −1 or 1; then also where they are 1, in up to 16 columns: ⌈k/32⌉ · 16 words.
  bool (*signs)(const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t k, int64_t columns, uint32_t* to);
  // C from such words, ⌈columns/16⌉ blocks of columns.
  void (*countSigns)(const uint16_t* words, int64_t rows, int64_t k, const uint32_t* signs, float* c, int64_t cRow, int64_t columns, bool add);
  // For long sums, k outside: who fired, ⌈k/8⌉ · 16 ⌈m/16⌉ numbers at most, and C = or += the sum over k ≤ kSpikeDepth rows: turned,
  // [n][16 ⌈m/16⌉], or in blocks of columns, [⌈n/tableColumns⌉][m][tableColumns].
  void (*columnPatterns)(const float* a, ptrdiff_t aM, ptrdiff_t aK, int64_t m, int64_t k, int32_t* patterns);
  void (*lookUpColumns)(const int32_t* patterns, int64_t m, int64_t k, const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t n, float* c, bool accumulate);
};

class RowTarget;

struct Isa {
  const char* name;
  std::unique_ptr<RowTarget> (*rowTarget)();  // makes machine code of row operations; null where they are interpreted
  // `uniform`: bit a is set where argument a is one value for the whole row (its first element is read). Null where
  // there is no such variant: then the argument must be spread over a row.
  RowFn (*rowOp)(Op op, DType to, DType from, unsigned uniform);
  // acc[i] = fold(acc[i], x[i]).
  RowFn (*foldOp)(Reduce reduce, DType dtype);
  // r[i] = x[0] for 32 and 64 bits.
  RowFn spread32, spread64;
  ProductKernels<float> f32;
  ProductKernels<double> f64;
  const SpikeKernels* spikes;  // null where there are none
  // What the machine can do at most (isa/peak.inl): operations of one call, which reads and writes 32 elements; and a sum of two streams.
  double (*peakFlops)(int64_t rounds, float* result);
  void (*triad)(float* a, const float* b, const float* c, int64_t n);
};

extern const Isa portableIsa;
#if defined(__x86_64__)
extern const Isa avx2Isa, avx512Isa;
#endif

}  // namespace spikeward
