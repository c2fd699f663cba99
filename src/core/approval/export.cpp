#include "core/approval/export.hpp"

#include <fmt/format.h>

#include "core/crypto/digest.hpp"
#include "core/crypto/sshsig.hpp"

namespace blc::approval {

using text::Json;

namespace {

constexpr std::string_view kReadme = R"readme(This is an export of the blc ledger {origin}, {size} entries.

  NNNNNNNN.json          an entry as it is stored: a DSSE envelope, its payload in base64
  NNNNNNNN.pae           the bytes that were signed: DSSE's pre-authentication encoding of that payload
  NNNNNNNN.sig           the signature over them, as ssh-keygen reads it
  allowed_signers.N      the people and services of root N with their keys

To check every signature without blc, with coreutils and ssh-keygen:

  for sig in *.sig; do
    n=${sig%.sig}
    type=$(head -c 200 $n.pae | cut -d ' ' -f 3)
    kind=${type#application/vnd.}; kind=${kind%+json}
    payload=$(tail -c +1 $n.json | grep -o '"payload":"[^"]*"' | cut -d '"' -f 4 | base64 -d)
    by=$(printf %s "$payload" | grep -o '"by":"[^"]*"' | head -n 1 | cut -d '"' -f 4)
    root=$(printf %s "$payload" | grep -o ',"root":[0-9][0-9]*' | tail -n 1 | cut -d : -f 2)
    [ "$root" = 0 ] && root=1     # the first entry is the root that names its own signer
    printf 'DSSEv1 %s %s %s %s' ${#type} "$type" "$(printf %s "$payload" | wc -c)" "$payload" | cmp -s - $n.pae &&
      ssh-keygen -Y verify -f allowed_signers.$root -I "$by" -n "$kind" -s $sig < $n.pae || echo "FAILED: $n"
  done

The leaf hash of an entry is SHA-256 of a zero byte and its stored bytes (RFC 9162):

  (printf '\0'; cat 00000000.json) | sha256sum

What this cannot see, and blc ledger verify does: that a signer was removed later on, that a security key was
touched, the order and the heads that bind each entry to those before it, what the policy asked for, and that
the gate said yes where a run was started.
)readme";

std::string file_name(std::uint64_t leaf, std::string_view extension) { return fmt::format("{:08}.{}", leaf, extension); }

std::string allowed_signers(const trust::Root& root) {
  std::string text;
  for (const auto& principal : root.principals()) {
    for (const auto& key : principal.keys) text += fmt::format("{} namespaces=\"blc.*\" {}\n", principal.name, key.line());
  }
  return text;
}

std::string readme(const Replay& replay) {
  std::string text(kReadme);
  const auto put = [&](std::string_view mark, const std::string& value) { text.replace(text.find(mark), mark.size(), value); };
  put("{origin}", replay.origin());
  put("{size}", std::to_string(replay.size()));
  return text;
}

}  // namespace

std::string exported_name(std::uint64_t leaf) { return file_name(leaf, "json"); }

void export_ledger(Log& log, const std::function<void(const std::string&, std::string_view)>& write) {
  const auto& replay = log.replay();
  log.store().read(0, replay.size(), [&](std::uint64_t leaf, std::string_view bytes) {
    write(file_name(leaf, "json"), bytes);
    if (const auto entry = ledger::decode_entry(bytes)) {
      const auto raw = crypto::sshsig_encode(entry->signature.key, entry->signature.name_space, entry->signature.signature);
      write(file_name(leaf, "pae"), ledger::pae(ledger::payload_type(entry->type), entry->payload));
      write(file_name(leaf, "sig"), crypto::sshsig_armor(raw));
    }
    return true;
  });
  const auto& trust = replay.trust();
  for (std::uint64_t version = 1; trust.root_version(version) != nullptr; ++version)
    write(fmt::format("allowed_signers.{}", version), allowed_signers(*trust.root_version(version)));
  write("README", readme(replay));
}

Json prove(Log& log, const Run& run, const std::string& checkpoint) {
  const auto& tree = log.replay().tree();
  const auto size = log.replay().size();
  Json::Array entries;
  log.store().read(0, size, [&](std::uint64_t leaf, std::string_view bytes) {
    const auto entry = ledger::decode_entry(bytes);
    if (!entry || entry->header.run != run.id) return true;
    Json::Array path;
    for (const auto& hash : tree.inclusion_proof(leaf, size)) path.emplace_back(hash.hex());
    entries.emplace_back(Json::Object{{"index", leaf},
                                      {"leaf", ledger::leaf_hash(bytes).hex()},
                                      {"entry", crypto::base64(bytes)},
                                      {"proof", std::move(path)}});
    return true;
  });
  return Json::Object{{"format", "blc.proof/v1"}, {"origin", log.replay().origin()}, {"run", run.id.str()},
                      {"size", size},             {"root", tree.root().hex()},       {"checkpoint", checkpoint},
                      {"entries", std::move(entries)}};
}

}  // namespace blc::approval
