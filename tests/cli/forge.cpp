// What an attacker with a key or with the ledger's file could write. The whole-program tests forge with it:
//
//   forge list DB                    one line an entry: LEAF HASH KIND BY RUN ID
//   forge payload DB LEAF            the signed JSON of one entry
//   forge raw DB LEAF                its bytes as they are stored
//   forge sign DB KEY [--OPTION V]   prints a signed entry, checked by nothing; appends nothing
//   forge append DB                  appends the bytes on standard input at the end, whatever they are
//
// KEY is any private key that blc takes, or the word small-order: the key 01 00.., whose signature verifies
// over every message. Options of sign, each with a default that an honest client would choose:
//   --like LEAF   kind, run, environment, classification, by and body are those of that entry
//   --kind --run --environment --classification --by --at --id --ledger --head-size --head-root --root --version
//   --body JSON
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/adapters/signers.hpp"
#include "core/adapters/sqlite_store.hpp"
#include "core/adapters/system.hpp"
#include "core/crypto/digest.hpp"
#include "core/crypto/wire.hpp"
#include "core/ledger/entry.hpp"
#include "core/ledger/tree.hpp"

namespace {

using blc::text::Json;
using Options = std::map<std::string, std::string>;

template <class T>
T need(blc::Result<T> result) {
  if (!result) throw blc::Broken(result.error().message);
  return *std::move(result);
}

std::uint64_t number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) throw blc::Broken("no number: " + text);
  return value;
}

// The ledger as it lies there, void entries included.
struct Ledger {
  std::unique_ptr<blc::adapters::SqliteStore> store;
  std::vector<std::string> entries;
  blc::ledger::Tree tree;

  explicit Ledger(const std::string& path) : store(need(blc::adapters::SqliteStore::open(path))) {
    store->read(0, store->size(), [&](std::uint64_t, std::string_view bytes) {
      entries.emplace_back(bytes);
      tree.append(blc::ledger::leaf_hash(bytes));
      return true;
    });
  }
  [[nodiscard]] blc::ledger::Entry entry(std::uint64_t leaf) const {
    return need(blc::ledger::decode_entry(entries.at(leaf)));
  }
  // Version of the root in force at `size`, as far as it can be told without judging the roots.
  [[nodiscard]] std::uint64_t root_version(std::uint64_t size) const {
    std::int64_t version = 0;
    for (std::uint64_t leaf = 0; leaf < std::min<std::uint64_t>(size, entries.size()); ++leaf) {
      const auto found = blc::ledger::decode_entry(entries[leaf]);
      if (!found || found->kind != blc::ledger::Kind::root || found->header.head.size != leaf) continue;
      const auto* const next = found->body.find("version");
      if (next != nullptr && *next == Json(version + 1)) ++version;
    }
    return static_cast<std::uint64_t>(version);
  }
};

// Signs nothing and verifies for OpenSSL: public key and R are the neutral point, S is 0, so S*B = R + k*A.
class SmallOrder final : public blc::ports::Signer {
 public:
  [[nodiscard]] std::string public_blob() const override {
    return blc::crypto::WireWriter().string("ssh-ed25519").string(neutral()).bytes();
  }
  [[nodiscard]] blc::Result<std::string> sign(std::string_view name_space, std::string_view) override {
    const auto inner =
        blc::crypto::WireWriter().string("ssh-ed25519").string(neutral() + std::string(32, '\0')).bytes();
    return blc::crypto::WireWriter()
        .raw("SSHSIG")
        .u32(1)
        .string(public_blob())
        .string(name_space)
        .string("")
        .string("sha512")
        .string(inner)
        .bytes();
  }

 private:
  static std::string neutral() { return '\1' + std::string(31, '\0'); }
};

std::unique_ptr<blc::ports::Signer> signer_of(const std::string& key) {
  if (key == "small-order") return std::make_unique<SmallOrder>();
  auto tools = blc::adapters::SshTools::of_this_process();
  tools.may_ask = false;
  return need(blc::adapters::open_signer(key, tools));
}

// The payload's fields: an honest client's, then those of the entry to be like, then those that were given.
Json::Object fields_of(const Ledger& ledger, Options options) {
  const auto take = [&](const std::string& name, std::string fallback) {
    const auto found = options.extract(name);
    return found.empty() ? std::move(fallback) : found.mapped();
  };
  blc::adapters::SystemRandom random;
  blc::UlidSource ids([&](std::uint8_t* to, std::size_t size) { random.fill(to, size); });
  const auto now = blc::adapters::SystemClock().now();
  Json::Object fields;
  if (const auto like = take("like", ""); !like.empty()) {
    const auto payload = need(blc::text::parse_canonical(ledger.entry(number(like)).payload));
    for (const auto* const name : {"kind", "run", "environment", "classification", "by", "body"}) {
      if (const auto* const value = payload.find(name)) fields[name] = *value;
    }
  }
  const auto size = number(take("head-size", std::to_string(ledger.entries.size())));
  const auto root = size <= ledger.entries.size() ? ledger.tree.root(size) : ledger.tree.root();
  fields["head"] = Json::Object{{"size", size}, {"root", take("head-root", root.hex())}};
  fields["root"] = number(take("root", std::to_string(ledger.root_version(size))));
  fields["ledger"] = take("ledger", ledger.entry(0).header.ledger);
  fields["id"] = take("id", ids.next(now).str());
  fields["client"] = ids.next(now).str();
  fields["at"] = take("at", blc::to_string(now));
  if (options.contains("body")) fields["body"] = need(blc::text::parse_json(take("body", "")));
  for (const auto* const name : {"kind", "run", "environment", "classification", "by"}) {
    if (options.contains(name)) fields[name] = take(name, "");
  }
  if (!options.empty()) throw blc::Broken("no such option: --" + options.begin()->first);
  return fields;
}

std::string signed_entry(const Ledger& ledger, const std::string& key, Options options) {
  const auto version = options.extract("version");
  const auto fields = fields_of(ledger, std::move(options));
  const auto payload = blc::text::canonical(fields);
  const auto type = *fields.at("kind").get_if<std::string>() + (version.empty() ? ".v1" : version.mapped());
  const auto media = blc::ledger::payload_type(type);
  const auto raw =
      need(signer_of(key)->sign(blc::ledger::signature_namespace(type), blc::ledger::pae(media, payload)));
  return blc::text::canonical(Json::Object{
      {"payload", blc::crypto::base64(payload)},
      {"payloadType", media},
      {"signatures", Json::Array{Json::Object{{"sig", blc::crypto::base64(raw)}}}},
  });
}

void list(const Ledger& ledger) {
  for (std::size_t leaf = 0; leaf < ledger.entries.size(); ++leaf) {
    const auto hash = blc::ledger::leaf_hash(ledger.entries[leaf]).hex();
    const auto entry = blc::ledger::decode_entry(ledger.entries[leaf]);
    if (!entry) {
      std::cout << leaf << ' ' << hash << " malformed - - -\n";
      continue;
    }
    const auto& header = entry->header;
    std::cout << leaf << ' ' << hash << ' ' << entry->type.substr(0, entry->type.find('.')) << ' ' << header.by << ' '
              << (header.run ? header.run->str() : "-") << ' ' << header.id.str() << '\n';
  }
}

int run(std::span<char*> arguments) {
  const std::vector<std::string> words(arguments.begin() + 1, arguments.end());
  if (words.size() < 2) throw blc::Broken("forge list|payload|raw|sign|append DB ...");
  Ledger ledger(words[1]);
  if (words[0] == "list") {
    list(ledger);
  } else if (words[0] == "payload") {
    std::cout << ledger.entry(number(words.at(2))).payload << '\n';
  } else if (words[0] == "raw") {
    std::cout << ledger.entries.at(number(words.at(2)));
  } else if (words[0] == "sign") {
    Options options;
    for (std::size_t word = 3; word < words.size(); word += 2) options[words[word].substr(2)] = words.at(word + 1);
    std::cout << signed_entry(ledger, words.at(2), std::move(options));
  } else if (words[0] == "append") {
    const std::string bytes(std::istreambuf_iterator<char>(std::cin), {});
    if (ledger.store->append(ledger.entries.size(), bytes, {}) != blc::ports::Appended::yes) return 1;
    std::cout << ledger.entries.size() << '\n';
  } else {
    throw blc::Broken("forge does not know " + words[0]);
  }
  std::cout.flush();
  return std::cout ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(std::span(argv, static_cast<std::size_t>(argc)));
  } catch (const std::exception& error) {
    std::cerr << "forge: " << error.what() << '\n';
    return 1;
  }
}
