#include "core/approval/vault.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/digest.hpp"

namespace blc::approval {

namespace {

std::unexpected<Error> no_key() {
  return fail(Exit::authentication, "you hold no sealing key of this practice",
              "it lies with the executor; ask who runs it, or work on that machine");
}

// What a request says of its sealed values in clear, and approvers are shown: that this one is the same as in another
// run, and whom the run is about. Whoever asked could have written anything; who opens the value checks it.
Result<> check_hashes(Vault& vault, const plan::Request& request, const verb::Verb& verb, const std::string& name,
                      const ledger::SealedItem& item, std::string_view value) {
  BLC_TRY(const auto hash, vault.value_hash(request.verb, name, value));
  if (item.keyed && *item.keyed != hash)
    return fail(Exit::refused, "the request gives a wrong hash of its " + name, "ask for it again with blc itself");
  if (name != verb.subject || !request.subject) return {};
  BLC_TRY(const auto subject, vault.subject_hash(value));
  if (subject != *request.subject)
    return fail(Exit::refused, "the request names another subject than its " + name, "ask for it again with blc itself");
  return {};
}

Result<verb::Value> plain_value(const text::Json& json) {
  if (const auto* const text = json.get_if<std::string>()) return verb::Value(*text);
  if (const auto* const number = json.get_if<std::int64_t>()) return verb::Value(*number);
  if (const auto* const truth = json.get_if<bool>()) return verb::Value(*truth);
  return fail(Exit::ledger, "malformed parameter in a request");
}

}  // namespace

crypto::SealContext Vault::context(const RunScope& scope, const std::string& verb, const std::string& name) const {
  return {origin_, scope.run.str(), verb, name, std::string(blc::to_string(scope.environment))};
}

Result<Vault::Item> Vault::seal(const RunScope& scope, const std::string& verb, const std::string& name,
                                std::string_view plaintext) {
  if (kek_ == nullptr) return no_key();
  BLC_TRY(auto sealed, crypto::seal(random_, *kek_, context(scope, verb, name), plaintext));
  return Item{{name, sealed.ref, {}}, {sealed.ref.ciphertext, std::move(sealed.blob)}};
}

Result<Vault::Item> Vault::seal_comparable(const RunScope& scope, const std::string& verb, const std::string& name,
                                           std::string_view plaintext) {
  BLC_TRY(auto sealed, seal(scope, verb, name, plaintext));
  BLC_TRY(sealed.item.keyed, value_hash(verb, name, plaintext));
  return sealed;
}

Result<Digest> Vault::value_hash(std::string_view verb, std::string_view name, std::string_view plaintext) {
  if (kek_ == nullptr) return no_key();
  // Lengths before, so that no other verb, name and value make the same message.
  const auto message = fmt::format("{}:{}{}:{}:", verb.size(), verb, name.size(), name).append(plaintext);
  const auto hash = Digest::parse_hex(to_hex(kek_->keyed_hash("blc value v1", message)));
  if (!hash) throw Broken("a keyed hash is no digest");
  return *hash;
}

Result<Secret> Vault::open(const RunScope& scope, const std::string& verb, const ledger::SealedItem& item) {
  if (kek_ == nullptr) return no_key();
  const auto blob = store_.sealed(item.ref.ciphertext);
  if (!blob) return fail(Exit::failed, "the sealed value \"" + item.name + "\" has been destroyed or is missing");
  return crypto::open(*kek_, context(scope, verb, item.name), item.ref, *blob);
}

Result<Words> Vault::words(const RunScope& scope, const std::string& verb, const std::string& name,
                           const std::string& text, std::vector<ports::SealedBlob>& blobs) {
  if (scope.classification != Classification::clinical) return Words{text, {}};
  BLC_TRY(auto sealed, seal(scope, verb, name, text));
  blobs.push_back(std::move(sealed.blob));
  return Words{{}, sealed.item};
}

Result<std::string> Vault::subject_hash(std::string_view subject) {
  if (kek_ == nullptr) return no_key();
  return to_hex(kek_->keyed_hash("blc subject v1", subject));
}

Result<std::string> Vault::export_digest(std::string_view bytes) {
  if (kek_ == nullptr) return no_key();
  return "hmac-sha256:" + to_hex(kek_->keyed_hash("blc export v1", bytes));
}

Result<OpenedRequest> open_request(Vault& vault, const RunScope& scope, const plan::Request& request,
                                   const verb::Verb& verb) {
  OpenedRequest opened;
  for (const auto& [name, json] : request.parameters) {
    const auto* const parameter = verb.parameter(name);
    if (parameter == nullptr) return fail(Exit::drift, "the verb no longer has the parameter " + name);
    const auto position = ledger::sealed_position(json);
    if (!position) {
      BLC_TRY(auto value, plain_value(json));
      opened.values.emplace(name, std::move(value));
      continue;
    }
    const auto& item = request.sealed[*position];
    BLC_TRY(const auto secret, vault.open(scope, request.verb, item));
    BLC_CHECK(check_hashes(vault, request, verb, name, item, secret.reveal()));
    BLC_TRY(auto value, verb::convert(*parameter, secret.reveal()));
    opened.values.emplace(name, std::move(value));
  }
  const auto key = std::ranges::find(request.sealed, plan::kRunKey, &ledger::SealedItem::name);
  if (key == request.sealed.end()) return fail(Exit::ledger, "the request has no run key");
  BLC_TRY(opened.run_key, vault.open(scope, request.verb, *key));
  return opened;
}

RunScope scope_of(const Run& run) { return {run.id, run.environment, run.classification}; }

}  // namespace blc::approval
