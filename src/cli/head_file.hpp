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
  ClientId client(const std::function<ClientId()>& fresh) override;
  void note_signed(const Signed& entry) override;
  [[nodiscard]] std::vector<Signed> signed_entries() override;
  void keep_signed(const std::vector<Signed>& entries) override;

 private:
  std::string directory_;
  Keeps keeps_;
};

}  // namespace blc::cli
