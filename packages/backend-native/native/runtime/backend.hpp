// The state of a JavaScript backend object: buffers by handle, executables by number, threads and their scratch memory.
// This code is independent of JavaScript; all its errors are CodedErrors.
#pragma once
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/executable.hpp"

namespace spikeward {

// Names of the instruction sets that this processor has, best first.
std::vector<std::string> availableIsas();

class Backend {
 public:
  // `isa` is one of availableIsas() or "auto". Throws UNSUPPORTED_INSTRUCTION_SET.
  Backend(int threads, const std::string& isa, Operands operands);

  const char* isa() const { return isa_.name; }
  int threads() const { return pool_.threads(); }

  // A handle is the index of a block, which a later buffer may reuse; the kit of core recognises buffers that were
  // freed.
  double allocate(double bytes);
  void free(double handle);
  // The memory of a buffer of at least `bytes`. Throws BUFFER_FOREIGN, BUFFER_TOO_SMALL.
  char* memory(double handle, size_t bytes, const char* what);

  // How a product would be computed.
  DotProgram product(const double* blob, size_t length) const { return compileDot(decodeProduct(blob, length), isa_); }

  double compile(const double* blob, size_t length);
  const Executable& executable(double id) const;
  Executable& executable(double id) { return const_cast<Executable&>(std::as_const(*this).executable(id)); }
  void dispose(double id);
  // `handles`: inputs, then outputs.
  void run(double id, const double* handles, size_t count);

  // Operations and bytes per second that the machine's threads reach in loops that do nothing else; each is the best of
  // many runs within `seconds`.
  struct Peaks {
    double flops, bytes;
  };
  Peaks measurePeaks(double seconds);

  // `run` on another thread: `prepare` checks the arguments, `perform` runs there, and every other call waits for it,
  // so that calls take effect in order.
  struct Job {
    Executable* executable = nullptr;
    std::vector<char*> arguments;
    std::atomic<bool> aborted{false};
  };
  void prepare(Job& job, double id, const double* handles, size_t count);
  void perform(Job& job);
  // Waits until no job is running.
  void waitForJobs();

 private:
  struct Block {
    char* memory = nullptr;
    size_t bytes = 0;
    bool live = false;
  };
  struct Blocks {
    std::vector<Block> list;
    ~Blocks() { for (Block& b : list) if (b.live) freeBytes(b.memory); }
  };
  Block& block(double handle, const char* what);
  std::vector<char*> resolve(const Executable& e, const double* handles, size_t count);

  const Isa isa_;
  Pool pool_;
  BlockCache cache_;
  Blocks blocks_;
  std::vector<size_t> free_;
  std::unordered_map<uint64_t, std::unique_ptr<Executable>> executables_;
  uint64_t nextExecutable_ = 1;
  size_t scratchBytes_ = 0;
  std::vector<Bytes> scratch_;
  std::vector<char*> scratchOf_;
  std::mutex mutex_, running_;
  std::condition_variable idle_;
  int jobs_ = 0;
};

}  // namespace spikeward
