// The threads of a backend, and how a run shares work among them.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace spikeward {

class Pool {
 public:
  explicit Pool(int threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int threads() const { return threads_; }

  // Calls work(0) here and work(1 … threads − 1) on the workers, and returns when all are done. `work` must not throw.
  void run(const std::function<void(int)>& work);

  // Inside `run`: no thread continues before all have arrived.
  void barrier();

  // Inside `run`, called by all threads: calls `work(from, to)` until [0, tasks) is done, then waits for the others.
  // Every thread starts with its own part, the same each time, and helps the others when that is done.
  template <class F>
  void share(int worker, int64_t tasks, const F& work) {
    if (threads_ == 1) return work(0, tasks);
    Round& round = rounds_[roundOf_[worker].value++ % 3];
    const int64_t grain = std::max<int64_t>(1, tasks / (threads_ * 8));
    for (int i = 0; i < threads_; i++) {
      const int owner = (worker + i) % threads_;
      const int64_t low = tasks * owner / threads_, high = tasks * (owner + 1) / threads_;
      for (;;) {
        const int64_t from = low + round.next[owner].value.fetch_add(grain, std::memory_order_relaxed);
        if (from >= high) break;
        work(from, std::min(from + grain, high));
      }
    }
    // The round after next will use these counters; no thread accesses them before the barrier.
    if (worker == 0) for (auto& n : rounds_[roundOf_[0].value % 3].next) n.value.store(0, std::memory_order_relaxed);
    barrier();
  }

 private:
  struct alignas(64) Counter {
    std::atomic<int64_t> value{0};
  };
  struct alignas(64) Number {
    unsigned value = 0;
  };
  struct Round {
    std::vector<Counter> next;
  };

  void worker(int number);

  const int threads_;
  std::vector<std::thread> workers_;
  const std::function<void(int)>* work_ = nullptr;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<unsigned> generation_{0};
  std::atomic<int> finished_{0};
  bool stop_ = false;
  Round rounds_[3];
  std::vector<Number> roundOf_;
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<unsigned> phase_{0};
};

}  // namespace spikeward
