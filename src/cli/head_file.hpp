#pragma once
#include <string>

#include "core/ports/head_memory.hpp"

namespace blc::cli {

// The client's memory of one ledger in its state directory: head.json, and signed.jsonl. A memory that is
// damaged counts as lost: everything is verified again from the pin on.
class HeadFile final : public ports::HeadMemory {
 public:
  explicit HeadFile(std::string directory) : directory_(std::move(directory)) {}
  [[nodiscard]] std::optional<Seen> load() override;
  void save(const Seen& seen) override;
  void note_signed(const Digest& leaf, const std::string& what) override;
  [[nodiscard]] std::vector<std::pair<Digest, std::string>> signed_entries() override;
  void keep_signed(const std::vector<std::pair<Digest, std::string>>& entries) override;

 private:
  std::string directory_;
};

}  // namespace blc::cli
