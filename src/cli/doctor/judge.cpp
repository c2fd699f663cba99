#include "cli/doctor/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/views/key_view.hpp"
#include "cli/views/words.hpp"
#include "core/approval/gate.hpp"
#include "core/approval/slots.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

std::string in_words(std::uint64_t bytes) {
  constexpr std::uint64_t kKilo = 1024;
  if (bytes < kKilo * kKilo) return fmt::format("{} KiB", bytes / kKilo);
  if (bytes < 10 * kKilo * kKilo * kKilo) return fmt::format("{} MiB", bytes / (kKilo * kKilo));
  return fmt::format("{} GiB", bytes / (kKilo * kKilo * kKilo));
}

// A slot that the policy asks for somewhere, and where: "clinical in production".
struct Asked {
  policy::Slot slot;
  std::vector<std::string> cells;
};

void note(std::vector<Asked>& asked, const policy::Slot& slot, const std::string& cell) {
  auto known = std::ranges::find(asked, slot, &Asked::slot);
  if (known == asked.end()) known = asked.insert(asked.end(), {slot, {}});
  if (std::ranges::find(known->cells, cell) == known->cells.end()) known->cells.push_back(cell);
}

// Of verbs of the catalog, and of one that no pattern of a rule names.
std::vector<Asked> slots_of(const trust::Catalog& catalog) {
  std::vector<Asked> asked;
  for (const auto environment : kEnvironments) {
    for (const auto classification : kClassifications) {
      std::set<std::string> names{""};
      for (const auto& verb : catalog.verbs())
        if (verb.classification == classification) names.insert(verb.name);
      for (const auto& name : names) {
        for (const auto& slot : catalog.policy().rule(classification, environment, name).slots)
          note(asked, slot, fmt::format("{} in {}", to_string(classification), to_string(environment)));
      }
    }
  }
  return asked;
}

// Younger than that, or nothing was added since. A time that is still to come says nothing.
bool is_recent(const WrittenOutside& written, std::chrono::seconds within) {
  if (!written.last) return false;
  if (written.last->head.size == written.size) return true;
  const auto age = written.now - written.last->at;
  return age <= within && age >= -kSkew;
}

std::string last_words(const WrittenOutside& written) {
  if (!written.last) return "none that this ledger extends is known";
  const auto& [at, head, place] = *written.last;
  const auto since = written.size - head.size;
  return fmt::format("the last one was made {}, {}: {}", ago(at, written.now),
                     since == 0 ? "and nothing was added since" : fmt::format("without the {} since", count(since, "entry")), place);
}

}  // namespace

void judge_space(Findings& findings, const std::string& what, const std::string& path,
                 const std::optional<adapters::Space>& space, Room room) {
  const auto where = fmt::format("{} ({})", what, text::display(path));
  if (!space) return findings.fail("space", where + " cannot be asked", "look whether it is mounted and whether you may read it");
  if (space->read_only) return findings.fail("space", where + " is read-only", "mount it for writing");
  if (!space->files_left) return findings.fail("space", where + " takes no more files", "delete files there: its inodes are used up");
  const auto left = fmt::format("{} has {} left", where, in_words(space->free));
  if (space->free < room.needed) return findings.fail("space", left, "make room there before anything else is signed or run");
  if (space->free < room.wanted) return findings.warn("space", left, "make room there soon");
  findings.ok("space", left);
}

void judge_access(Findings& findings, const std::string& about, const std::string& path,
                  const std::optional<adapters::FileAbout>& file, Access wanted, const std::string& if_missing) {
  const auto name = text::display(path);
  if (!file) return findings.fail(about, name + " is missing, or you may not see it", if_missing);
  if (!wanted.shared && !adapters::is_ours(*file))
    return findings.fail(about, name + " belongs to another user", fmt::format("chown it to yourself, or work as its owner"));
  const auto excess = file->mode & 0777U & ~wanted.most;
  if (excess != 0)
    return findings.fail(about, fmt::format("{} is open to more people than it should be (mode {:o})", name, file->mode),
                         fmt::format("chmod {:o} {}", file->mode & ~excess, name));
  if (wanted.written && !file->writable) return findings.fail(about, "you may not write " + name, "ask its owner, or chmod u+w it");
  findings.ok(about, fmt::format("{} (mode {:o})", name, file->mode));
}

void judge_clock(Findings& findings, Timestamp now, std::optional<Timestamp> last, std::optional<bool> kept) {
  if (last && now < *last - kSkew) {
    return findings.fail("clock", fmt::format("it says {}; the ledger has been at {}", blc::to_string(now), blc::to_string(*last)),
                         "set the clock; until then nothing is signed or run: timedatectl set-ntp true");
  }
  if (kept && !*kept)
    return findings.warn("clock", fmt::format("it says {}, and nothing keeps it right", blc::to_string(now)),
                         "timedatectl set-ntp true, or another time service");
  findings.ok("clock", fmt::format("it says {}{}", blc::to_string(now), kept ? ", kept by a time service" : ""));
}

void judge_root(Findings& findings, const trust::Root& root, Timestamp now) {
  constexpr std::chrono::days kSoon{30};
  constexpr auto kRenew = "an admin renews it: blc trust renew";
  if (!root.expires()) return findings.ok("root", "it does not expire");
  const auto at = blc::to_string(*root.expires());
  if (now > *root.expires())
    return findings.fail("root", fmt::format("the list of people and keys expired {}: nothing is planned or run outside local", at), kRenew);
  if (now + kSoon > *root.expires())
    return findings.warn("root", fmt::format("the list of people and keys expires {}; from then on nothing is planned or run outside local", at), kRenew);
  findings.ok("root", "the list of people and keys holds until " + at);
}

void judge_checkpoints(Findings& findings, const policy::Environments& environments, const WrittenOutside& checkpoints) {
  for (const auto environment : kEnvironments) {
    const auto& terms = environments.at(environment);
    if (terms.audit != policy::AuditLevel::immutable) continue;
    const auto asks = fmt::format("{} asks for them in {}", environments.source(environment, "audit"), to_string(environment));
    const auto number = checkpoints.runs(environment);
    if (number == 0) {
      findings.ok("checkpoints", fmt::format("{}, where nothing was asked for yet", asks));
    } else if (is_recent(checkpoints, terms.rpo)) {
      findings.ok("checkpoints", fmt::format("{}: {}", asks, last_words(checkpoints)));
    } else {
      findings.warn("checkpoints",
                    fmt::format("{}, where {} asked for, and in the last {} ({}) you published none from this machine; {}", asks,
                                number == 1 ? "1 run was" : fmt::format("{} runs were", number), blc::to_string(terms.rpo),
                                environments.source(environment, "rpo"), last_words(checkpoints)),
                    fmt::format("every {}, from a timer: blc ledger checkpoint --publish FILE, where nobody can change it who can write the ledger",
                                blc::to_string(terms.rpo)));
    }
  }
}

void judge_copies(Findings& findings, const policy::Environments& environments, const WrittenOutside& copies) {
  std::optional<Environment> strictest;
  for (const auto environment : kEnvironments) {
    if (copies.runs(environment) > 0 && (!strictest || environments.at(environment).rpo < environments.at(*strictest).rpo)) strictest = environment;
  }
  if (!strictest) return findings.ok("copies", "nothing was asked for yet that could be lost");
  const auto rpo = environments.at(*strictest).rpo;
  if (is_recent(copies, rpo)) return findings.ok("copies", "of all entries: " + last_words(copies));
  findings.warn("copies",
                fmt::format("in the last {} ({}, {}) you made no copy of all entries with blc from this machine; {}; copies that something "
                            "else makes blc cannot see", blc::to_string(rpo), environments.source(*strictest, "rpo"), to_string(*strictest), last_words(copies)),
                "blc ledger export DIR, on another disk; what a backup needs besides is in blc-security(7)");
}

void judge_isolation(Findings& findings, const std::string& name) {
  constexpr auto kRemedy = "apt-get install bubblewrap, and allow user namespaces";
  if (name == "none") return findings.fail("isolation", "programs cannot be isolated here, so none is run", kRemedy);
  if (name != "bubblewrap") return findings.warn("isolation", fmt::format("programs run in {}, not in bubblewrap", name), kRemedy);
  findings.ok("isolation", "programs run in bubblewrap; one was run");
}

void judge_key(Findings& findings, const std::string& about, const crypto::PublicKey& key, const trust::Root& root,
               const trust::Catalog& catalog) {
  const auto* const owner = root.owner(key);
  if (owner == nullptr)
    return findings.warn(about, fmt::format("{} is nobody's in this practice", key.fingerprint()),
                         "an admin enrols it: blc trust add NAME --key FILE.pub --role ROLE");
  const auto who = fmt::format("{}, {}, {} ({})", key.fingerprint(), key_words(key, owner), owner->name, either(owner->roles, "and"));
  if (owner->kind != trust::PrincipalKind::person) return findings.ok(about, who + ", a service: it signs no slots");
  findings.ok(about, who);
  std::vector<std::string> others;  // one line for all that is for other people
  for (const auto& [slot, cells] : slots_of(catalog)) {
    const auto wants = approval::asked_of_key(slot);
    const auto name = slot.name + (wants.empty() ? "" : ", which asks for " + wants);
    if (!approval::fits(slot, owner->roles)) {
      auto other = fmt::format("{} (takes {})", name, either(slot.roles));
      if (std::ranges::find(others, other) == others.end()) others.push_back(std::move(other));
    } else if (!approval::shows(slot, approval::at_best(key, owner->attestation(key) != nullptr))) {
      findings.warn(about, fmt::format("does not fill {}: {}; this is no such key", name, either(cells, "and")),
                    slot.attested ? "enrol a security key with its maker's attestation: blc-trust(1)"
                                  : "enrol a security key: blc-key(1), blc-security(7)");
    } else {
      findings.ok(about, fmt::format("fills {}: {}", name, either(cells, "and")));
    }
  }
  if (!others.empty()) findings.ok(about, "does not fill " + either(others));
}

}  // namespace blc::cli
