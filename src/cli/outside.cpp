#include "cli/outside.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>

#include "cli/exporting.hpp"
#include "core/adapters/secure_files.hpp"
#include "core/approval/export.hpp"
#include "core/crypto/digest.hpp"
#include "core/crypto/note.hpp"
#include "core/ledger/tree.hpp"
#include "core/text/display.hpp"
#include "core/text/json.hpp"

namespace blc::cli {

namespace fs = std::filesystem;

namespace {

// Absolute, links followed as far as there is something.
Result<fs::path> resolved(const fs::path& path) {
  std::error_code error;
  auto full = fs::weakly_canonical(fs::absolute(path), error);
  if (error) return fail(Exit::usage, fmt::format("{} cannot be used: {}", text::display(path.string()), error.message()), "name another place");
  return full;
}

bool is_within(const fs::path& path, const fs::path& folder) {
  const auto end = std::ranges::mismatch(folder, path).in1;
  return end == folder.end();
}

// The head that a checkpoint of this ledger names; its signature is not looked at.
std::optional<ledger::Head> head_in(const std::string& note, const std::string& origin) {
  std::istringstream lines(note);
  std::string first;
  std::string size;
  std::string root;
  if (!std::getline(lines, first) || !std::getline(lines, size) || !std::getline(lines, root) || first != origin) return std::nullopt;
  ledger::Head head;
  const auto read = std::from_chars(size.data(), size.data() + size.size(), head.size);
  const auto bytes = crypto::from_base64(root);
  if (read.ec != std::errc() || read.ptr != size.data() + size.size() || !bytes) return std::nullopt;
  const auto digest = Digest::from_bytes(*bytes);
  if (!digest) return std::nullopt;
  head.root = *digest;
  return head;
}

bool holds(const approval::Log& log, const ledger::Head& head) {
  const auto& tree = log.replay().tree();
  return head.size <= tree.size() && tree.root(head.size) == head.root;
}

Result<> may_replace(const approval::Log& log, const std::string& path) {
  BLC_TRY(const auto there, adapters::read_private(path, adapters::Readers::given));
  if (!there) return {};
  const auto head = head_in(*there, log.replay().origin());
  if (!head)
    return fail(Exit::usage, fmt::format("{} is there already, and is no checkpoint of this ledger", text::display(path)),
                "name another file, or a folder");
  if (holds(log, *head)) return {};
  return fail(Exit::ledger,
              fmt::format("{} holds a checkpoint of {} entries that this ledger does not extend: the ledger was cut, or rewritten, since",
                          text::display(path), head->size),
              "keep that file and show it to your admins; after blc ledger restore name another file");
}

}  // namespace

Result<bool> lies_outside(const Session& session, const std::string& path) {
  BLC_TRY(const auto store, session.store_path());
  BLC_TRY(const auto full, resolved(path));
  BLC_TRY(const auto practice, resolved(session.directory()));
  BLC_TRY(const auto ledger, resolved(store));
  return !is_within(full, practice) && !is_within(full, ledger.parent_path());
}

Result<std::string> publish(Session& session, const approval::Log& log, const std::string& note, const std::string& place) {
  auto path = fs::absolute(place);
  const auto& origin = log.replay().origin();
  std::error_code error;
  if (fs::is_directory(path, error)) path /= fmt::format("{}-{:08}.checkpoint", origin.substr(origin.find('/') + 1), log.replay().size());
  // The name itself is replaced, also where it is a link.
  BLC_TRY(const auto folder, resolved(path.parent_path()));
  if (!fs::is_directory(folder, error))
    return fail(Exit::usage, fmt::format("there is no folder {}", text::display(folder.string())), "make it, or name another place");
  const auto target = folder / path.filename();
  BLC_TRY(const auto outside, lies_outside(session, folder.string()));
  if (!outside)
    return fail(Exit::refused, fmt::format("{} lies with the practice or its ledger: who can change the one can change the other", text::display(place)),
                "name a place elsewhere, best on another machine, that those who write the ledger cannot change");
  BLC_CHECK(may_replace(log, target.string()));
  constexpr mode_t kForAll = 0644;  // it holds nothing that is secret, and is there to be read
  adapters::write_private(target.string(), note, kForAll);
  return target.string();
}

Result<std::string> checkpoint_note(Session& session) {
  BLC_TRY(auto* const log, session.log());
  BLC_TRY(auto* const key, session.executor_key());
  const auto head = log->replay().head();
  const auto* const owner = log->replay().root()->owner(key->key());
  if (owner == nullptr) return fail(Exit::authentication, "the executor's key is not enrolled");
  return crypto::sign_note(crypto::checkpoint_text({log->replay().origin(), head.size, head.root}), owner->name, *key);
}

void publish_again(Session& session, const approval::Run& run) {
  if (AuditLevels(session).level(run.environment, run.classification) != policy::AuditLevel::immutable) return;
  const auto published = [&]() -> Result<> {
    BLC_TRY(auto* const log, session.log());
    BLC_TRY(const auto* const places, session.places());
    const auto last = OutsideFile(places->client_state(log->replay().origin())).last(Outside::checkpoint);
    if (!last) return {};
    // A disk that is not mounted leaves an empty folder: nothing is written beside it.
    if (!fs::exists(last->place)) return fail(Exit::usage, fmt::format("{}, where the last one was written, is not there", text::display(last->place)));
    BLC_TRY(const auto note, checkpoint_note(session));
    BLC_CHECK(publish(session, *log, note, last->place));
    return remember_written(session, *log, Outside::checkpoint, last->place);
  }();
  if (published) return;
  session.output().note(fmt::format("No checkpoint was published after this run: {}", published.error().message));
  session.output().note("hint: blc ledger checkpoint --publish FILE");
}

Result<> check_export(const approval::Log& log, const std::string& directory) {
  constexpr std::uint64_t kLargest = 64ULL << 20U;
  ledger::Tree tree;
  const auto head = log.replay().head();
  for (std::uint64_t leaf = 0; leaf < head.size; ++leaf) {
    BLC_TRY(const auto entry, adapters::read_private(directory + "/" + approval::exported_name(leaf), adapters::Readers::owner, kLargest));
    if (!entry) break;
    tree.append(ledger::leaf_hash(*entry));
  }
  if (tree.size() == head.size && tree.root() == head.root) return {};
  return fail(Exit::failed, fmt::format("what was written to {} is not what the ledger holds", text::display(directory)),
              "look whether that disk is sound, and export to another folder");
}

std::string OutsideFile::path(Outside what) const {
  return directory_ + (what == Outside::checkpoint ? "/published.json" : "/exported.json");
}

std::optional<Written> OutsideFile::last(Outside what) const {
  const auto text = adapters::read_private(path(what), adapters::Readers::owner);
  if (!text || !*text) return std::nullopt;
  const auto json = text::parse_canonical(**text);
  if (!json) return std::nullopt;
  text::Fields fields(*json, "what was written outside");
  Written written{fields.as("at", parse_timestamp), {fields.natural("size"), fields.as("root", Digest::parse_hex)}, fields.string("place")};
  return fields.finish() ? std::optional(std::move(written)) : std::nullopt;
}

void OutsideFile::remember(Outside what, const Written& written) {
  adapters::replace_private(path(what), text::canonical(text::Json::Object{{"at", blc::to_string(written.at)},
                                                                           {"size", written.head.size},
                                                                           {"root", written.head.root.hex()},
                                                                           {"place", written.place}}));
}

Result<std::optional<Written>> last_written(Session& session, const approval::Log& log, Outside what) {
  BLC_TRY(const auto* const places, session.places());
  auto last = OutsideFile(places->client_state(session.pin().pin.origin)).last(what);
  if (last && !holds(log, last->head)) last.reset();
  if (last) last->place = text::display(last->place);
  return last;
}

Result<> remember_written(Session& session, const approval::Log& log, Outside what, const std::string& place) {
  BLC_TRY(const auto* const places, session.places());
  OutsideFile(places->client_state(session.pin().pin.origin))
      .remember(what, {session.clock().now(), log.replay().head(), text::display(fs::absolute(place).string())});
  return {};
}

}  // namespace blc::cli
