// Reads the names and fields of routines from a blob.
#pragma once
#include "plan/reader.hpp"
#include "product/routines.hpp"

namespace spikeward {

inline std::string readText(Reader& in) {
  std::string letters(in.count(), ' ');
  for (char& c : letters) c = char(in.integer(32, 126));
  return letters;
}

// Axes whose lengths multiply to `total`, or none.
inline void readAxes(Reader& in, std::vector<int64_t>& lengths, std::vector<int64_t>& strides, int64_t total) {
  lengths.clear(), strides.clear();
  const size_t axes = in.count();
  require(axes <= 32, "windows of too many axes");
  Wide product = 1;
  for (size_t i = 0; i < axes; i++) {
    lengths.push_back(in.integer(1, kMost));
    strides.push_back(in.integer(0, kMost));
    product *= lengths.back();
    require(product <= kMost, "windows of too many elements");
  }
  require(axes == 0 || product == total, "windows of another size than their product");
}

// The fields of a dot, behind its name.
inline void readProduct(Reader& in, Routine& r) {
  r.dtype = in.item(DType::count);
  require(isFloat(r.dtype), "a routine on a type that it is not defined for");
  for (int64_t* length : {&r.batch, &r.m, &r.n, &r.k}) *length = in.integer(0, kMost);
  for (int64_t* stride : {&r.aBatch, &r.aM, &r.aK, &r.bBatch, &r.bK, &r.bN}) *stride = in.integer(-kMost, kMost);
  r.binary = in.flag();
  readAxes(in, r.mLengths, r.mStrides, r.m);
  readAxes(in, r.kLengths, r.kStrides, r.k);
  require(!r.windowed() || (r.batch == 1 && !r.mLengths.empty() && !r.kLengths.empty()), "windows of a batch, or without rows or columns");
}

// The fields of any other routine, whose type is known.
inline void readFields(Reader& in, Routine& r) {
  r.dtype = in.item(DType::count);
  require(r.type->takesAnyType || isFloat(r.dtype), "a routine on a type that it is not defined for");
  for (const RoutineField& f : r.type->fields) {
    if (f.count != nullptr) r.*f.count = in.integer(0, kMost);
    else if (f.flag != nullptr) r.*f.flag = in.flag();
    else r.index = in.flag() ? DType::u32 : DType::i32;
  }
}

}  // namespace spikeward
