#include "cli/head_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <sstream>

#include "core/adapters/secure_files.hpp"
#include "core/text/json.hpp"

namespace blc::cli {

namespace {
constexpr std::uint64_t kLargestList = 64ULL << 20U;

std::string line_of(const ports::HeadMemory::Signed& entry) {
  return text::canonical(text::Json::Object{{"leaf", entry.leaf.hex()}, {"size", entry.size}, {"what", entry.what}}) + "\n";
}
}  // namespace

std::optional<ports::HeadMemory::Seen> HeadFile::load() {
  const auto text = adapters::read_private(directory_ + "/head.json", adapters::Readers::owner);
  if (!text || !*text) return std::nullopt;
  const auto json = text::parse_canonical(**text);
  if (!json) return std::nullopt;
  text::Fields fields(*json, "head");
  Seen seen{fields.natural("size"), fields.as("root", Digest::parse_hex), fields.natural("checked"), fields.natural("losses")};
  return fields.finish() ? std::optional(seen) : std::nullopt;
}

void HeadFile::save(const Seen& seen) {
  if (keeps_ == Keeps::nothing) return;
  if (!adapters::make_private_directory(directory_)) throw Broken(directory_ + " cannot be made");
  adapters::replace_private(directory_ + "/head.json",
                          text::canonical(text::Json::Object{{"size", seen.size}, {"root", seen.root.hex()}, {"checked", seen.checked}, {"losses", seen.losses}}));
}

std::optional<ClientId> HeadFile::known_client() const {
  const auto text = adapters::read_private(directory_ + "/client", adapters::Readers::owner);
  return text && *text ? ClientId::parse(**text) : std::nullopt;
}

std::set<ClientId> HeadFile::told_clients(const std::string& name) const {
  std::set<ClientId> clients;
  const auto text = adapters::read_private(directory_ + "/clients-" + name, adapters::Readers::owner);
  std::istringstream lines(text && *text ? **text : "");
  for (std::string line; std::getline(lines, line);) {
    if (const auto client = ClientId::parse(line)) clients.insert(*client);
  }
  return clients;
}

void HeadFile::tell_clients(const std::string& name, const std::set<ClientId>& clients) {
  if (keeps_ == Keeps::nothing) return;
  std::string text;
  for (const auto& client : clients) text += client.str() + "\n";
  adapters::replace_private(directory_ + "/clients-" + name, text);
}

ClientId HeadFile::client(const std::function<ClientId()>& fresh) {
  const auto path = directory_ + "/client";
  if (const auto known = known_client()) return *known;
  const auto made = fresh();
  if (keeps_ == Keeps::nothing) return made;
  if (!adapters::make_private_directory(directory_)) throw Broken(directory_ + " cannot be made");
  adapters::replace_private(path, made.str());
  return made;
}

void HeadFile::note_signed(const Signed& entry) {
  if (keeps_ == Keeps::nothing) return;
  if (!adapters::make_private_directory(directory_)) throw Broken(directory_ + " cannot be made");
  const auto path = directory_ + "/signed.jsonl";
  const adapters::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) adapters::throw_errno(path + " cannot be written");
  // A line that a crash or a full disk tore is ended first: this one must be read.
  const auto end = ::lseek(file.get(), 0, SEEK_END);
  char last = '\n';
  if (end > 0 && ::pread(file.get(), &last, 1, end - 1) != 1) adapters::throw_errno(path + " cannot be read");
  adapters::write_all(file, (last == '\n' ? "" : "\n") + line_of(entry), path);
}

void HeadFile::keep_signed(const std::vector<Signed>& entries) {
  if (keeps_ == Keeps::nothing) return;
  std::string text;
  for (const auto& entry : entries) text += line_of(entry);
  adapters::replace_private(directory_ + "/signed.jsonl", text);
}

std::vector<ports::HeadMemory::Signed> HeadFile::signed_entries() {
  std::vector<Signed> entries;
  const auto text = adapters::read_private(directory_ + "/signed.jsonl", adapters::Readers::owner, kLargestList);
  if (!text || !*text) return entries;
  std::istringstream lines(**text);
  for (std::string line; std::getline(lines, line);) {
    const auto json = text::parse_canonical(line);
    if (!json) continue;
    text::Fields fields(*json, "signed entry");
    Signed entry{fields.as("leaf", Digest::parse_hex), fields.natural("size"), fields.string("what")};
    if (fields.finish()) entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace blc::cli
