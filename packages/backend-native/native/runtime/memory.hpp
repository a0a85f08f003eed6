// Memory aligned to 64 bytes. Every block has 512 bytes of slack, so that whole registers may be read past its end.
#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <vector>

namespace spikeward {

// Throws CodedError OUT_OF_MEMORY.
char* allocateBytes(size_t bytes);
void freeBytes(char* p);

struct FreeBytes {
  void operator()(char* p) const { freeBytes(p); }
};
using Bytes = std::unique_ptr<char, FreeBytes>;

// Keeps freed blocks for the next allocation of their size: fresh pages cost more than the computation in them.
class BlockCache {
 public:
  char* take(size_t bytes);
  void give(char* p, size_t bytes);

 private:
  std::map<size_t, std::vector<Bytes>> blocks_;
  size_t held_ = 0;
};

}  // namespace spikeward
