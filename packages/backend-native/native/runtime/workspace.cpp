#include "runtime/workspace.hpp"

#include <algorithm>

namespace spikeward {

size_t compactWorkspace(const std::vector<OperandPlace*>& places) {
  std::vector<OperandPlace*> used;
  for (OperandPlace* p : places) if (p->in == OperandPlace::In::workspace) used.push_back(p);
  std::sort(used.begin(), used.end(), [](const OperandPlace* a, const OperandPlace* b) { return a->slotFrom < b->slotFrom; });
  int64_t end = 0, gap = 0;  // of the slots so far, and what has been left out before them
  for (OperandPlace* p : used) {
    gap += std::max<int64_t>(p->slotFrom - end, 0);
    end = std::max(end, (p->slotTo + 63) / 64 * 64);
    p->offset -= gap;
  }
  return size_t(end - gap);
}

}  // namespace spikeward
