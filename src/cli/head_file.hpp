#pragma once
#include <set>
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
  // What this client calls itself, where it has signed.
  [[nodiscard]] std::optional<ClientId> known_client() const;
  // Of which other clients somebody was told that they sign in their name.
  [[nodiscard]] std::set<ClientId> told_clients(const std::string& name) const;
  void tell_clients(const std::string& name, const std::set<ClientId>& clients);

 private:
  std::string directory_;
  Keeps keeps_;
};

}  // namespace blc::cli
