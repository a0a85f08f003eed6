#include "product/routines.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "plan/reader.hpp"

namespace spikeward {
namespace {

int64_t rowOf(const Routine& r, const char* index, int64_t i) {
  const int64_t at = r.index == DType::u32 ? int64_t(((const uint32_t*)index)[i]) : int64_t(((const int32_t*)index)[i]);
  return std::clamp<int64_t>(at, 0, r.rows - 1);
}

void gather(const Routine& r, const Work& w, int64_t from, int64_t to) {
  const size_t row = size_t(r.width) * bytesOf(r.dtype);
  for (int64_t i = from; i < to; i++) std::memcpy(w.memory[2] + size_t(i) * row, w.memory[0] + size_t(rowOf(r, w.memory[1], i)) * row, row);
}

template <class T>
void scatterAdd(const Routine& r, const Work& w) {
  const T* update = (const T*)w.memory[0];
  T* out = (T*)w.memory[2];
  std::fill_n(out, r.rows * r.width, T(0));
  for (int64_t i = 0; i < r.count; i++) {
    T* to = out + rowOf(r, w.memory[1], i) * r.width;
    for (int64_t j = 0; j < r.width; j++) to[j] += update[i * r.width + j];
  }
}

// The largest update of each row, 0 where there is none above −∞; NaN stays.
template <class T>
void scatterMax(const Routine& r, const Work& w) {
  const T* update = (const T*)w.memory[0];
  T* out = (T*)w.memory[2];
  std::fill_n(out, r.rows * r.width, -T(INFINITY));
  for (int64_t i = 0; i < r.count; i++) {
    T* to = out + rowOf(r, w.memory[1], i) * r.width;
    for (int64_t j = 0; j < r.width; j++) {
      const T x = update[i * r.width + j];
      if (x > to[j] || x != x) to[j] = x;
    }
  }
  for (int64_t j = 0; j < r.rows * r.width; j++) if (out[j] == -T(INFINITY)) out[j] = 0;
}

// L[i,j] = (A[i,j] − Σ_{l<j} L[i,l] L[j,l]) / L[j,j]; a pivot that is not positive gives NaN. Some columns of L at a
// time, as rows of Lᵀ: the upper triangle of the result holds those until the end. Sums are in order of l.
template <class T>
void cholesky(const Routine& r, const Work& w, int64_t batch) {
  const int64_t n = r.n;
  const T* a = (const T*)w.memory[0] + batch * n * n;
  T* u = (T*)w.memory[1] + batch * n * n;
  double* rest = (double*)w.scratch;
  for (int64_t first = 0; first < n; first += kFactorRows) {
    // The last columns may be fewer: those in front are computed again.
    const int64_t row = n < kFactorRows ? 0 : std::min(first, n - kFactorRows);
    const int64_t rows = std::min<int64_t>(kFactorRows, n);
    for (int64_t i = row; i < n; i++)
      for (int64_t j = 0; j < rows; j++) rest[j * n + i] = a[i * n + row + j];
    if (row > 0) kernelsOf<T>(*w.isa).subtractProducts(u, n, row, row, rest, row);
    for (int64_t j = row; j < row + rows; j++) {
      double* of = rest + (j - row) * n;
      for (int64_t l = row; l < j; l++)
        for (int64_t i = j; i < n; i++) of[i] -= double(u[l * n + j]) * double(u[l * n + i]);
      u[j * n + j] = of[j] > 0 ? T(std::sqrt(of[j])) : T(NAN);
      for (int64_t i = j + 1; i < n; i++) u[j * n + i] = T(of[i] / double(u[j * n + j]));
    }
    for (int64_t i = row + 1; i < n; i++)
      for (int64_t j = row; j < std::min(i, row + rows); j++) u[i * n + j] = u[j * n + i];
  }
  for (int64_t i = 0; i < n; i++) std::fill_n(u + i * n + i + 1, n - i - 1, T(0));
}

// Row by row over the rows already solved; sums in double precision.
template <class T>
void triangularSolve(const Routine& r, const Work& w, int64_t batch) {
  const int64_t n = r.n, m = r.m;
  const T* l = (const T*)w.memory[0] + batch * n * n;
  const T* b = (const T*)w.memory[1] + batch * n * m;
  T* x = (T*)w.memory[2] + batch * n * m;
  double* rest = (double*)w.scratch;
  for (int64_t s = 0; s < n; s++) {
    const int64_t i = r.transposed ? n - 1 - s : s;
    for (int64_t j = 0; j < m; j++) rest[j] = b[i * m + j];
    for (int64_t q = 0; q < s; q++) {
      const int64_t k = r.transposed ? n - 1 - q : q;
      const double weight = r.transposed ? l[k * n + i] : l[i * n + k];
      for (int64_t j = 0; j < m; j++) rest[j] -= weight * double(x[k * m + j]);
    }
    const double pivot = l[i * n + i];
    for (int64_t j = 0; j < m; j++) x[i * m + j] = T(rest[j] / pivot);
  }
}

// Calls a function template for the element type of a routine.
#define BY_TYPE(f, r, ...) ((r).dtype == DType::f64 ? f<double>(r, __VA_ARGS__) : f<float>(r, __VA_ARGS__))

constexpr RoutineField kRows{&Routine::rows}, kWidth{&Routine::width}, kCount{&Routine::count}, kIndex{};
constexpr RoutineField kBatch{&Routine::batch}, kN{&Routine::n}, kM{&Routine::m}, kTransposed{nullptr, &Routine::transposed};

size_t noScratch(const Routine&) { return 0; }
int64_t once(const Routine&) { return 1; }
int64_t perBatch(const Routine& r) { return r.batch; }
double indexedWork(const Routine& r) { return double(r.count + r.rows) * (8 + double(r.width)); }

// Rows that indices select, or those that they add to.
std::vector<Array> table(const Routine& r, bool reads) {
  require(r.rows > 0 || r.count == 0, "indices into no rows");
  const Array rows{r.dtype, {r.rows, r.width}}, some{r.dtype, {r.count, r.width}}, index{r.index, {r.count}};
  return reads ? std::vector<Array>{rows, index, some} : std::vector<Array>{some, index, rows};
}

const RoutineType kTypes[] = {
    {"gather", true, {kIndex, kRows, kWidth, kCount}, [](const Routine& r) { return table(r, true); },
     [](const Routine& r) { return r.count; }, [](const Routine& r) { return double(r.count) * (8 + double(r.width)); }, noScratch, gather},
    {"scatterAdd", false, {kIndex, kRows, kWidth, kCount}, [](const Routine& r) { return table(r, false); }, once, indexedWork, noScratch,
     [](const Routine& r, const Work& w, int64_t, int64_t) { BY_TYPE(scatterAdd, r, w); }},
    {"scatterMax", false, {kIndex, kRows, kWidth, kCount}, [](const Routine& r) { return table(r, false); }, once, indexedWork, noScratch,
     [](const Routine& r, const Work& w, int64_t, int64_t) { BY_TYPE(scatterMax, r, w); }},
    {"cholesky", false, {kBatch, kN},
     [](const Routine& r) { const Array square{r.dtype, {r.batch, r.n, r.n}}; return std::vector<Array>{square, square}; }, perBatch,
     [](const Routine& r) { return 4 * double(r.batch) * double(r.n) * double(r.n) * double(r.n); },
     [](const Routine& r) { return size_t(kFactorRows * r.n) * sizeof(double); },
     [](const Routine& r, const Work& w, int64_t from, int64_t to) { for (int64_t i = from; i < to; i++) BY_TYPE(cholesky, r, w, i); }},
    {"triangularSolve", false, {kBatch, kN, kM, kTransposed},
     [](const Routine& r) { const Array side{r.dtype, {r.batch, r.n, r.m}}; return std::vector<Array>{{r.dtype, {r.batch, r.n, r.n}}, side, side}; }, perBatch,
     [](const Routine& r) { return 4 * double(r.batch) * double(r.n) * double(r.n) * double(r.m); },
     [](const Routine& r) { return size_t(r.m) * sizeof(double); },
     [](const Routine& r, const Work& w, int64_t from, int64_t to) { for (int64_t i = from; i < to; i++) BY_TYPE(triangularSolve, r, w, i); }},
};

}  // namespace

const RoutineType* routineType(const std::string& name) {
  for (const RoutineType& type : kTypes) if (name == type.name) return &type;
  return nullptr;
}

}  // namespace spikeward
