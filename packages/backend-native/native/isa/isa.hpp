// The functions that are compiled once per instruction set: row operations and product kernels. A backend selects a set
// when it is made.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "plan/plan.hpp"

namespace spikeward {

// r[i] = op(x[i], y[i], z[i]) for i < n; n is a multiple of kLanes, and operands may be r itself.
using RowFn = void (*)(void* r, const void* x, const void* y, const void* z, size_t n);

// Rows are padded to a multiple of this many elements for every instruction set.
constexpr size_t kLanes = 16;

// C[i, j] (rows ≤ kernelRows, columns ≤ kernelColumns) = or += Σ_k A[i, k] B[k, j], where B is a packed panel with k
// rows of kernelColumns elements. Strides of A are in elements.
template <class T>
using TileFn = void (*)(const T* a, ptrdiff_t aRow, ptrdiff_t aK, const T* b, ptrdiff_t bRow, int64_t k, T* c, int64_t cRow, int rows, int columns, bool accumulate);

template <class T>
struct ProductKernels {
  int rows, columns;  // of the register tile
  TileFn<T> tile;
  // Writes the indices of the nonzero elements of a row of A in ascending order and returns their number. `to` has room
  // for k + 16 elements.
  int64_t (*compress)(const T* a, ptrdiff_t aK, int64_t k, int32_t* to);
  // c[j] = or += Σ_l b[index[l] · bRow + j] for j < n, terms in order of l. May read (but not write) up to four
  // registers past the rows of b.
  void (*addRows)(const T* b, ptrdiff_t bRow, const int32_t* index, int64_t count, T* c, int64_t n, bool accumulate);
  // The same, with each term multiplied by a[index[l] · aK].
  void (*addScaledRows)(const T* b, ptrdiff_t bRow, const int32_t* index, int64_t count, const T* a, ptrdiff_t aK, T* c, int64_t n, bool accumulate);
  // Windows that overlap in a run of A: row i reads the `length` elements from i · step on. Each p of `index`, in
  // ascending order and below 2^16, adds a[p] b[(p − i · step) · bRow + j] to c[i · cRow + j] of each row i < rows that
  // reads it, for j < windowColumns(n). Rows of b have room for these.
  void (*addToWindows)(const T* a, const int32_t* index, int64_t count, int64_t step, int64_t length, const T* b, ptrdiff_t bRow, T* c, ptrdiff_t cRow, int64_t rows, int64_t n);
  // Columns of whole registers for n ≤ columns of the register tile.
  int64_t (*windowColumns)(int64_t n);
  // c[i · n + j] = Σ_l a[i · aRow + l] b[j · k + l] for j < n ≤ 4: rows of A and columns of B contiguous.
  void (*fewColumns)(const T* a, ptrdiff_t aRow, const T* b, int64_t k, T* c, int64_t rows, int n);
  // rest[r · n + i] −= Σ_l u[l · n + row + r] u[l · n + i] for r < kFactorRows and from ≤ i < n; terms in order of l <
  // count, each rounded. Up to kLanes elements before `from` may change as well.
  void (*subtractProducts)(const T* u, int64_t n, int64_t count, int64_t row, double* rest, int64_t from);
};

// Rows of a Cholesky factor that are computed together.
constexpr int kFactorRows = 4;

// Products of f32 spikes with weights by table look-up (isa/spikes/spikeLists.inl in memory, isa/spikes/spikes.inl in
// registers). Every element is the sum over groups of four inputs of sums over their spikes, both in order, so that all
// methods give the same bits.
constexpr int64_t kManySpikeRows = 128;
constexpr int64_t kSpikeDepth = 64;    // the most rows for one call of lookUpColumns
constexpr int64_t kSpikeColumns = 32;  // columns of one block of its result

// The data that exceed the caches while spikes are looked up.
struct Streams {
  bool storesPastCache = false;  // C is larger than the caches, and its rows are aligned to 64 bytes
  const char* next = nullptr;    // what is read afterwards, from memory: it is fetched meanwhile
  int64_t nextBytes = 0;
};

// Windows of a convolution whose rows are adjacent cells of `inputs` elements, a multiple of four: each has runs of
// `cells` adjacent cells. Word w of sixteen inputs of cell i is at w · stride + i.
struct CellWindows {
  int64_t cells = 0, inputs = 0, stride = 0;
  std::vector<int64_t> runs;  // the first cell of each
};

struct SpikeKernels {
  int64_t tableColumns;  // columns of one block of tables
  int64_t blockRows;     // rows of A that are looked up in a block
  // Rows of B are added one by one instead if the share of spikes is below the first number plus the second divided by
  // the number of rows, because these share the work of building tables; if all weights are −1 or 1, below the third.
  double fewSpikes, fewSpikesAndRows, fewSpikesOfSigns;
  int64_t (*tableElements)(int64_t k);  // of one block of tables
  // The look-up tables of up to tableColumns columns of B, such as the sums of every pattern of every group of inputs.
  void (*tables)(const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t k, int64_t columns, float* to);
  // The spikes as bits, ⌈k/16⌉ words per row; returns the number of spikes.
  int64_t (*words)(const float* a, ptrdiff_t aRow, ptrdiff_t aK, int64_t rows, int64_t k, uint16_t* to);
  // The spikes as look-up needs them, and the size of that in numbers of 32 bits.
  int64_t (*patternElements)(int64_t rows, int64_t k);
  void (*patterns)(const uint16_t* words, int64_t rows, int64_t k, int32_t* to);
  // C from the tables of ⌈columns/tableColumns⌉ blocks. With `add`, the product is added to C at the end.
  void (*lookUp)(const int32_t* patterns, int64_t rows, int64_t k, const float* tables, float* c, int64_t cRow, int64_t columns, bool add, const Streams& streams);
  // C from rows of B, one for each spike.
  void (*addRows)(const uint16_t* words, int64_t rows, int64_t k, const float* b, ptrdiff_t bRow, float* c, int64_t cRow, int64_t columns, bool add);
  // Null if the instruction set cannot count bits. Returns whether all weights are −1 or 1 and, if so, writes where
  // they are 1, in up to 16 columns: ⌈k/32⌉ · 16 words.
  bool (*signs)(const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t k, int64_t columns, uint32_t* to);
  // C from those words, ⌈columns/16⌉ blocks of columns.
  void (*countSigns)(const uint16_t* words, int64_t rows, int64_t k, const uint32_t* signs, float* c, int64_t cRow, int64_t columns, bool add);
  // For long sums, with k outermost: the spikes, and their size in numbers of 32 bits; C = or += the sum over k ≤
  // kSpikeDepth rows. C is in blocks of columns, [⌈n/kSpikeColumns⌉][m][kSpikeColumns].
  int64_t (*columnElements)(int64_t m);
  void (*columnPatterns)(const float* a, ptrdiff_t aM, ptrdiff_t aK, int64_t m, int64_t k, int32_t* patterns);
  void (*lookUpColumns)(const int32_t* patterns, int64_t m, int64_t k, const float* b, ptrdiff_t bK, ptrdiff_t bN, int64_t n, float* c, bool accumulate);
  // The spikes of cells as words, and C from those words, from the first cell of a row on, and the tables; words of 16
  // rows are read. Null if the instruction set cannot.
  void (*cellWords)(const float* a, int64_t cells, const CellWindows& windows, uint16_t* to);
  void (*lookUpCells)(const uint16_t* words, const CellWindows& windows, int64_t rows, const float* tables, float* c, int64_t cRow, int64_t columns, bool add);
};

// A function of real numbers: its name in plans, the number of its arguments, and its rows.
struct RealFunction {
  const char* name;
  int arguments;
  RowFn f32, f64;
};

class RowTarget;

// The types of the operands of products of f32, whose sums are f32.
enum class Operands { f32, bf16, int8 };

struct Isa {
  const char* name;
  std::unique_ptr<RowTarget> (*rowTarget)();  // compiles row operations to machine code; null where they are interpreted
  // Bit a of `uniform` is set if argument a is one value for the whole row, of which only the first element is read.
  // Null if no such variant exists: then the argument must be spread over a row.
  RowFn (*rowOp)(Op op, DType to, DType from, unsigned uniform);
  const RealFunction* functions;
  size_t functionCount;
  // acc[i] = fold(acc[i], x[i]).
  RowFn (*foldOp)(Reduce reduce, DType dtype);
  // r[i] = x[0] for 32 and 64 bits.
  RowFn spread32, spread64;
  ProductKernels<float> f32;
  ProductKernels<double> f64;
  const SpikeKernels* spikes;  // null if there are none
  const SpikeKernels* spikesOfFewRows;  // for blocks of fewer than kManySpikeRows
  // The peak performance of the machine (isa/peak.inl): the number of operations of one call, which reads and writes 32
  // elements, and a sum of two streams.
  double (*peakFlops)(int64_t rounds, float* result);
  void (*triad)(float* a, const float* b, const float* c, int64_t n);
  // As `f32.tile` of words that hold two elements of k in bf16 each, and what writes them: word i from even[i · stride]
  // and odd[i · stride], 0 if `odd` is null.
  TileFn<float> tileOfHalves;
  void (*pairHalves)(const float* even, const float* odd, ptrdiff_t stride, int64_t n, uint32_t* to, ptrdiff_t toStride);
  // The same of words that hold four elements of k in 8 bits each (isa/bytes.inl), and what writes a row of A and a
  // panel of B.
  TileFn<float> tileOfBytes;
  void (*packRowOfBytes)(const float* from, ptrdiff_t k, int64_t depth, uint32_t* to);
  void (*packColumnsOfBytes)(const float* from, ptrdiff_t along, ptrdiff_t k, int64_t count, int64_t depth, uint32_t* to, int64_t width);
  // The type that a backend rounds the operands of large products to.
  Operands operands = Operands::f32;
};

extern const Isa portableIsa;

template <class T>
const ProductKernels<T>& kernelsOf(const Isa& isa);
template <>
inline const ProductKernels<float>& kernelsOf<float>(const Isa& isa) { return isa.f32; }
template <>
inline const ProductKernels<double>& kernelsOf<double>(const Isa& isa) { return isa.f64; }

// The number of arguments of an operation.
inline int argumentsOf(Op op) {
  if (op >= Op::function) return portableIsa.functions[size_t(op) - size_t(Op::function)].arguments;
  return op < Op::neg ? 0 : op < Op::add ? 1 : op < Op::select ? 2 : 3;
}
#if defined(__x86_64__)
extern const Isa avx2Isa, avx512Isa;
#elif defined(__aarch64__)
extern const Isa neonIsa;
#endif

}  // namespace spikeward
