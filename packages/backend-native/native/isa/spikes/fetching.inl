// Reads of memory that are begun early.

namespace spikeward {
namespace {

// Fetches the lines of `streams.next` a few at a time, between other work, so that the processor need not wait for
// them.
class Fetching {
 public:
  // For that number of calls of some().
  Fetching(const Streams& streams, int64_t calls) : at_(streams.next), end_(at_ + streams.nextBytes), perCall_((streams.nextBytes / calls / kLine + 1) * kLine) {}
  void some() {
    for (const char* const to = end_ - at_ < perCall_ ? end_ : at_ + perCall_; at_ < to; at_ += kLine) __builtin_prefetch(at_, 0, 2);
  }

 private:
  static constexpr int64_t kLine = 64;
  const char *at_, *const end_;
  const int64_t perCall_;
};

}  // namespace
}  // namespace spikeward
