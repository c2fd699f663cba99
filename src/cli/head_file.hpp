#pragma once
#include <string>

#include "core/ports/head_memory.hpp"

namespace blc::cli {

// The client's memory of one ledger in its state directory: head.json, and signed.jsonl. A memory that is
// damaged counts as lost: everything is verified again from the pin on. A power cut may bring back an older one.
class HeadFile final : public ports::HeadMemory {
 public:
  enum class Keeps { all, nothing };
  // Keeps::nothing: reads what is remembered and adds nothing to it.
  explicit HeadFile(std::string directory, Keeps keeps = Keeps::all) : directory_(std::move(directory)), keeps_(keeps) {}
  [[nodiscard]] std::optional<Seen> load() override;
  void save(const Seen& seen) override;
  void note_signed(const Digest& leaf, const std::string& what) override;
  [[nodiscard]] std::vector<std::pair<Digest, std::string>> signed_entries() override;
  void keep_signed(const std::vector<std::pair<Digest, std::string>>& entries) override;

 private:
  std::string directory_;
  Keeps keeps_;
};

}  // namespace blc::cli
