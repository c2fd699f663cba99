// How what was seen is judged: no input, no output.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/doctor/finding.hpp"
#include "cli/outside.hpp"
#include "core/adapters/machine.hpp"
#include "core/base/time.hpp"
#include "core/crypto/public_key.hpp"
#include "core/trust/catalog.hpp"
#include "core/trust/root.hpp"

namespace blc::cli {

// Below `needed` bytes it fails, below `wanted` it warns.
struct Room {
  std::uint64_t needed = 0;
  std::uint64_t wanted = 0;
};
void judge_space(Findings& findings, const std::string& what, const std::string& path,
                 const std::optional<adapters::Space>& space, Room room);

// What a file or folder should be: no permission beyond `most`; owned by this user, unless a group shares it.
struct Access {
  mode_t most = 0600;
  bool shared = false;
  bool written = true;  // this user must be able to write it
};
void judge_access(Findings& findings, const std::string& about, const std::string& path,
                  const std::optional<adapters::FileAbout>& file, Access wanted, const std::string& if_missing);

// `last`: the time of the ledger's last entry; nullopt where there is no ledger to compare with.
void judge_clock(Findings& findings, Timestamp now, std::optional<Timestamp> last, std::optional<bool> kept);

// Whether the list of people and keys is about to expire.
void judge_root(Findings& findings, const trust::Root& root, Timestamp now);

// What of the ledger this client wrote to places outside.
struct WrittenOutside {
  std::optional<Written> last;  // nullopt: nothing, or of a ledger that this one does not extend
  std::uint64_t size = 0;       // of the ledger now
  Timestamp now;
  std::function<std::size_t(Environment)> runs;  // how many of an environment are in the ledger
};
// Where the audit level asks for checkpoints outside: whether the last one is younger than the RPO, or nothing was added since.
void judge_checkpoints(Findings& findings, const policy::Environments& environments, const WrittenOutside& checkpoints);
// The same of copies of all entries, for the shortest RPO of the environments in use.
void judge_copies(Findings& findings, const policy::Environments& environments, const WrittenOutside& copies);

void judge_isolation(Findings& findings, const std::string& name);

// Whose key it is, and which slots of the policy in force it fills, in which cells of the table.
void judge_key(Findings& findings, const std::string& about, const crypto::PublicKey& key, const trust::Root& root,
               const trust::Catalog& catalog);

}  // namespace blc::cli
