#include "product/routines.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

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

// L[i,j] = (A[i,j] − Σ_{l<j} L[i,l] L[j,l]) / L[j,j]; a pivot that is not positive gives NaN.
template <class T>
void cholesky(const Routine& r, const Work& w, int64_t batch) {
  const int64_t n = r.n;
  const T* a = (const T*)w.memory[0] + batch * n * n;
  T* l = (T*)w.memory[1] + batch * n * n;
  for (int64_t i = 0; i < n; i++) {
    for (int64_t j = 0; j <= i; j++) {
      double rest = a[i * n + j];
      for (int64_t q = 0; q < j; q++) rest -= double(l[i * n + q]) * double(l[j * n + q]);
      l[i * n + j] = i == j ? (rest > 0 ? T(std::sqrt(rest)) : T(NAN)) : T(rest / double(l[j * n + j]));
    }
    for (int64_t j = i + 1; j < n; j++) l[i * n + j] = 0;
  }
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

template <class T>
void run(const Routine& r, const Work& w, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; i++) {
    if (r.kind == Routine::Kind::scatterAdd) scatterAdd<T>(r, w);
    else if (r.kind == Routine::Kind::cholesky) cholesky<T>(r, w, i);
    else triangularSolve<T>(r, w, i);
  }
}

}  // namespace

int64_t routineTasks(const Routine& r) { return r.kind == Routine::Kind::gather ? r.count : r.kind == Routine::Kind::scatterAdd ? 1 : r.batch; }

double routineWork(const Routine& r) {
  const double n = double(r.n), batch = double(r.batch);
  switch (r.kind) {
    case Routine::Kind::gather: return double(r.count) * (8 + double(r.width));
    case Routine::Kind::scatterAdd: return double(r.count + r.rows) * (8 + double(r.width));
    case Routine::Kind::cholesky: return 4 * batch * n * n * n;
    default: return 4 * batch * n * n * double(r.m);
  }
}

size_t routineScratch(const Routine& r) { return r.kind == Routine::Kind::triangularSolve ? size_t(r.m) * sizeof(double) : 0; }

void runRoutine(const Routine& r, const Work& w, int64_t from, int64_t to) {
  if (r.kind == Routine::Kind::gather) return gather(r, w, from, to);
  if (r.dtype == DType::f64) run<double>(r, w, from, to);
  else run<float>(r, w, from, to);
}

}  // namespace spikeward
