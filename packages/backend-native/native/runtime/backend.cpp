// The kit of core (bookkeeping.ts) keeps the table of buffers, and checks every call before it arrives here: freed
// buffers, donations, aliases. What this file checks again guards memory: a handle, a size, a number of arguments or an
// executable that is wrong, by an error in the TypeScript part, must not become an access outside of a buffer.
#include "runtime/backend.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "isa/processor.hpp"

namespace spikeward {
namespace {

const Isa* find(const std::string& name) {
#if defined(__x86_64__)
  if (name == "avx512") return processor().avx512 ? &avx512Isa : nullptr;
  if (name == "avx2") return processor().avx2 ? &avx2Isa : nullptr;
#elif defined(__aarch64__)
  if (name == "neon") return &neonIsa;
#endif
  return name == "portable" ? &portableIsa : nullptr;
}

Isa choose(const std::string& name, Operands operands) {
  const Isa* isa = find(name == "auto" ? availableIsas()[0] : name);
  if (isa == nullptr) {
    std::string has;
    for (const std::string& other : availableIsas()) has += (has.empty() ? "" : ", ") + other;
    throw CodedError("UNSUPPORTED_INSTRUCTION_SET", "this processor has no " + name + "; it has " + has + "; leave the option out to use the best one");
  }
  Isa chosen = *isa;
  chosen.operands = operands;
  return chosen;
}

}  // namespace

std::vector<std::string> availableIsas() {
  std::vector<std::string> names;
  for (const char* name : {"avx512", "avx2", "neon", "portable"}) if (find(name) != nullptr) names.push_back(name);
  return names;
}

Backend::Backend(int threads, const std::string& isa, Operands operands) : isa_(choose(isa, operands)), pool_(threads), scratchOf_(size_t(threads)) {}

double Backend::allocate(double bytes) {
  if (!(bytes >= 0) || bytes != std::floor(bytes) || bytes > 9007199254740992.0) throw CodedError("INVALID_SIZE", "allocate: a buffer takes a whole number of bytes");
  if (free_.empty()) {
    blocks_.list.push_back({});
    free_.push_back(blocks_.list.size() - 1);
  }
  char* memory = cache_.take(size_t(bytes));
  const size_t index = free_.back();
  free_.pop_back();
  blocks_.list[index] = {memory, size_t(bytes), true};
  return double(index);
}

Backend::Block& Backend::block(double handle, const char* what) {
  const bool known = handle >= 0 && handle < double(blocks_.list.size()) && handle == std::floor(handle);
  if (!known || !blocks_.list[size_t(handle)].live) throw CodedError("BUFFER_FOREIGN", std::string(what) + ": this is no live buffer of the backend; write its values to one that is");
  return blocks_.list[size_t(handle)];
}

void Backend::free(double handle) {
  Block& b = block(handle, "free");
  b.live = false;
  free_.push_back(size_t(&b - blocks_.list.data()));
  cache_.give(b.memory, b.bytes);
}

char* Backend::memory(double handle, size_t bytes, const char* what) {
  const Block& b = block(handle, what);
  if (b.bytes < bytes) {
    throw CodedError("BUFFER_TOO_SMALL", std::string(what) + ": " + std::to_string(bytes) + " bytes are needed and the buffer has " + std::to_string(b.bytes) + "; allocate a larger one");
  }
  return b.memory;
}

double Backend::compile(const double* blob, size_t length) {
  auto made = std::make_unique<Executable>(decodePlan(blob, length), isa_);
  if (made->scratchBytes() > scratchBytes_) {
    std::vector<Bytes> fresh;
    for (size_t i = 0; i < scratchOf_.size(); i++) fresh.emplace_back(allocateBytes(made->scratchBytes()));
    scratch_ = std::move(fresh);
    scratchBytes_ = made->scratchBytes();
    for (size_t i = 0; i < scratchOf_.size(); i++) scratchOf_[i] = scratch_[i].get();
  }
  executables_[nextExecutable_] = std::move(made);
  return double(nextExecutable_++);
}

const Executable& Backend::executable(double id) const {
  const auto found = id >= 1 && id < double(nextExecutable_) ? executables_.find(uint64_t(id)) : executables_.end();
  if (found == executables_.end()) throw CodedError("EXECUTABLE_DISPOSED", "run: this executable was disposed; compile the plan again");
  return *found->second;
}

void Backend::dispose(double id) { executables_.erase(id >= 1 ? uint64_t(id) : 0); }

std::vector<char*> Backend::resolve(const Executable& e, const double* handles, size_t count) {
  const size_t inputs = size_t(e.inputs()), outputs = size_t(e.outputs());
  if (count != inputs + outputs) throw CodedError("INVALID_ARGUMENTS", "run: " + std::to_string(count) + " buffers were given; the plan has " + std::to_string(inputs) + " inputs and " + std::to_string(outputs) + " outputs");
  std::vector<char*> arguments(count);
  for (size_t i = 0; i < count; i++) {
    arguments[i] = memory(handles[i], size_t(e.minBytes()[i]), i < inputs ? "run, an input" : "run, an output");
  }
  return arguments;
}

void Backend::run(double id, const double* handles, size_t count) {
  Executable& e = executable(id);
  const std::vector<char*> arguments = resolve(e, handles, count);
  const std::atomic<bool> never{false};
  e.run(pool_, scratchOf_.data(), arguments.data(), never);
}

Backend::Peaks Backend::measurePeaks(double seconds) {
  using Clock = std::chrono::steady_clock;
  const int workers = pool_.threads();
  // The best rate of work that all threads do together, `amount` in total.
  const auto best = [&](auto amount, const std::function<void(int)>& work) {
    double most = 0;
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    do {
      const auto start = Clock::now();
      pool_.run(work);
      most = std::max(most, amount() / std::chrono::duration<double>(Clock::now() - start).count());
    } while (Clock::now() < end);
    return most;
  };
  Peaks peaks;
  std::vector<double> done(size_t(workers), 0);
  peaks.flops = best([&] { return std::accumulate(done.begin(), done.end(), 0.0); }, [&](int worker) {
    alignas(64) float numbers[32];
    std::fill_n(numbers, 32, 0.5f);
    done[size_t(worker)] = isa_.peakFlops(100000, numbers);
  });
  // Three arrays that together are larger than any cache.
  constexpr int64_t kElements = int64_t(1) << 24;
  const Bytes memory(allocateBytes(size_t(kElements) * 3 * sizeof(float)));
  float* const a = (float*)memory.get();
  std::fill_n(a, 3 * kElements, 1.0f);
  peaks.bytes = best([&] { return 3.0 * sizeof(float) * double(kElements); }, [&](int worker) {
    const int64_t from = kElements / 64 * worker / workers * 64, to = kElements / 64 * (worker + 1) / workers * 64;
    isa_.triad(a + from, a + kElements + from, a + 2 * kElements + from, to - from);
  });
  return peaks;
}

void Backend::prepare(Job& job, double id, const double* handles, size_t count) {
  job.executable = &executable(id);
  job.arguments = resolve(*job.executable, handles, count);
  std::lock_guard<std::mutex> lock(mutex_);
  jobs_++;
}

void Backend::perform(Job& job) {
  {
    std::lock_guard<std::mutex> one(running_);
    job.executable->run(pool_, scratchOf_.data(), job.arguments.data(), job.aborted);
  }
  std::lock_guard<std::mutex> lock(mutex_);
  jobs_--;
  idle_.notify_all();
}

void Backend::waitForJobs() {
  std::unique_lock<std::mutex> lock(mutex_);
  idle_.wait(lock, [&] { return jobs_ == 0; });
}

}  // namespace spikeward
