#include "runtime/pool.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace spikeward {
namespace {

// Rounds of polling before a thread yields its core (in a barrier: a few µs) or goes to sleep (between runs: tens of
// µs).
constexpr int kSpins = 600, kIdleSpins = 4000;

inline void rest() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

template <class F>
bool spinUntil(F done, int spins = kSpins) {
  for (int i = 0; i < spins; i++) {
    if (done()) return true;
    rest();
  }
  return done();
}

}  // namespace

Pool::Pool(int threads) : threads_(threads), roundOf_(size_t(threads)) {
  for (Round& r : rounds_) r.next = std::vector<Counter>(size_t(threads));
  workers_.reserve(size_t(threads) - 1);
  try {
    for (int i = 1; i < threads; i++) workers_.emplace_back([this, i] { worker(i); });
  } catch (...) {
    // The system started fewer threads than requested: ends those, since a barrier would wait forever, and reports it.
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
      generation_.fetch_add(1);
    }
    wake_.notify_all();
    for (std::thread& t : workers_) t.join();
    throw;
  }
}

Pool::~Pool() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
    generation_.fetch_add(1);
  }
  wake_.notify_all();
  for (std::thread& t : workers_) t.join();
}

void Pool::run(const std::function<void(int)>& work) {
  if (threads_ == 1) return work(0);
  finished_.store(0, std::memory_order_relaxed);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    work_ = &work;
    generation_.fetch_add(1, std::memory_order_release);
  }
  wake_.notify_all();
  work(0);
  const auto done = [&] { return finished_.load(std::memory_order_acquire) == threads_ - 1; };
  while (!spinUntil(done)) std::this_thread::yield();
}

void Pool::worker(int number) {
  unsigned seen = 0;
  for (;;) {
    if (!spinUntil([&] { return generation_.load(std::memory_order_acquire) != seen; }, kIdleSpins)) {
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait(lock, [&] { return generation_.load(std::memory_order_relaxed) != seen; });
    }
    const std::function<void(int)>* work;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (stop_) return;
      seen = generation_.load(std::memory_order_relaxed);
      work = work_;
    }
    (*work)(number);
    finished_.fetch_add(1, std::memory_order_release);
  }
}

void Pool::barrier() {
  if (threads_ == 1) return;
  const unsigned phase = phase_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) == threads_ - 1) {
    arrived_.store(0, std::memory_order_relaxed);
    phase_.store(phase + 1, std::memory_order_release);
    return;
  }
  const auto passed = [&] { return phase_.load(std::memory_order_acquire) != phase; };
  while (!spinUntil(passed)) std::this_thread::yield();
}

}  // namespace spikeward
