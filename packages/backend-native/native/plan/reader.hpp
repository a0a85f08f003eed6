// Reads a blob number by number; the blob is not trusted.
#pragma once
#include <cmath>

#include "plan/plan.hpp"

namespace spikeward {

constexpr int64_t kMost = int64_t(1) << 53;

[[noreturn]] inline void refuse(const std::string& what) {
  throw CodedError("INVALID_PLAN", what + "; the plan is not well formed; this is a bug in the code that made it");
}
inline void require(bool holds, const char* what) {
  if (!holds) refuse(what);
}

class Reader {
 public:
  Reader(const double* data, size_t length) : data_(data), length_(length) {}
  double number() {
    require(at_ < length_, "the blob ends early");
    return data_[at_++];
  }
  int64_t integer(int64_t least, int64_t most) {
    const double x = number();
    // Written so that NaN fails too.
    if (!(x >= double(least) && x <= double(most)) || x != std::floor(x)) {
      refuse("field " + std::to_string(at_ - 1) + " of the blob is out of range");
    }
    return int64_t(x);
  }
  // The length of a list whose items each take at least one field, so that a damaged number cannot request much memory.
  size_t count() { return size_t(integer(0, int64_t(length_ - at_))); }
  template <class E>
  E item(E end) {
    return E(integer(0, int64_t(end) - 1));
  }
  bool flag() { return integer(0, 1) != 0; }
  bool done() const { return at_ == length_; }

 private:
  const double* data_;
  size_t length_, at_ = 0;
};

// The elements of an access, relative to its start. 128 bits, because a stride and a length may each have 53.
using Wide = __int128;
struct Span {
  Wide low = 0, high = 0;
  void reach(int64_t stride, int64_t n) {
    const Wide r = Wide(stride) * (n - 1);
    (r < 0 ? low : high) += r;
  }
};

}  // namespace spikeward
