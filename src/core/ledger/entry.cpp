#include "core/ledger/entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/crypto/digest.hpp"

namespace blc::ledger {

namespace {

constexpr std::string_view kTypePrefix = "application/vnd.blc.";
constexpr std::string_view kTypeSuffix = "+json";
constexpr std::string_view kVersion = ".v1";
constexpr std::size_t kLargestEntry = 32U << 20U;  // a catalog carries whole files

constexpr std::array kKinds{
    std::pair{Kind::request, "request"},   std::pair{Kind::plan, "plan"},       std::pair{Kind::approval, "approval"},
    std::pair{Kind::cancel, "cancel"},     std::pair{Kind::order, "order"},     std::pair{Kind::claim, "claim"},
    std::pair{Kind::step, "step"},         std::pair{Kind::heartbeat, "heartbeat"}, std::pair{Kind::resume, "resume"},
    std::pair{Kind::outcome, "outcome"},   std::pair{Kind::close, "close"},     std::pair{Kind::refusal, "refusal"},
    std::pair{Kind::reveal, "reveal"},     std::pair{Kind::root, "root"},       std::pair{Kind::catalog, "catalog"},
    std::pair{Kind::note, "note"},         std::pair{Kind::proposal, "proposal"},   std::pair{Kind::accept, "accept"},
    std::pair{Kind::break_glass, "break-glass"}, std::pair{Kind::review, "review"},
    std::pair{Kind::delegation, "delegation"},  std::pair{Kind::exported, "export"},
    std::pair{Kind::tier_check, "tier-check"},
};

std::unexpected<Error> malformed(std::string what) { return fail(Exit::ledger, "malformed entry: " + std::move(what)); }

// "approval.v1": a kind of lower-case letters and dashes, and a version.
bool is_type(std::string_view type) {
  const auto dot = type.rfind(".v");
  if (dot == std::string_view::npos || !is_name(type.substr(0, dot))) return false;
  const auto version = type.substr(dot + 2);
  return !version.empty() && version.size() < 4 && version.front() != '0' &&
         std::ranges::all_of(version, [](char c) { return c >= '0' && c <= '9'; });
}

// The members of an envelope as they stand in it: base64, media type, base64.
struct Envelope {
  std::string_view payload;
  std::string_view media;
  std::string_view signature;
};

// Canonical form leaves a sound envelope one way to be written. Nothing when this is none, or has something in it that
// a parser must look at; that the texts are plain ASCII is left to who decodes them.
std::optional<Envelope> split(std::string_view bytes) {
  const auto skip = [&](std::string_view expected) {
    if (!bytes.starts_with(expected)) return false;
    bytes.remove_prefix(expected.size());
    return true;
  };
  const auto text = [&] {
    const auto found = bytes.substr(0, bytes.find('"'));
    bytes.remove_prefix(found.size());
    return found;
  };
  Envelope envelope;
  if (!skip(R"({"payload":")")) return std::nullopt;
  envelope.payload = text();
  if (!skip(R"(","payloadType":")")) return std::nullopt;
  envelope.media = text();
  if (!skip(R"(","signatures":[{"sig":")")) return std::nullopt;
  envelope.signature = text();
  return bytes == R"("}]})" ? std::optional(envelope) : std::nullopt;
}

// Of an envelope that is not written so: what is wrong with it.
Error fault_of(std::string_view bytes) {
  const auto read = [&]() -> Result<> {
    BLC_TRY(const auto envelope, text::parse_canonical(bytes));
    text::Fields outer(envelope, "envelope");
    outer.string("payload");
    outer.string("payloadType");
    const auto& signatures = outer.array("signatures");
    BLC_CHECK(outer.finish());
    if (signatures.size() != 1) return malformed("it needs exactly one signature");
    text::Fields inner(signatures.front(), "signature");
    inner.string("sig");
    return inner.finish();
  };
  const auto found = read();
  return found ? malformed("its texts are not plain").error() : found.error();
}

Result<Header> read_header(text::Fields& fields, const text::Json& payload) {
  Header header;
  // First: after a fault elsewhere nothing more is read, and the head would be said to be none.
  text::Fields head(fields.any("head"), "head");
  header.head.size = head.natural("size");
  header.head.root = head.as("root", Digest::parse_hex);
  BLC_CHECK(head.finish());
  header.ledger = fields.string("ledger");
  if (!is_origin(header.ledger)) fields.fault("ledger", "is no origin");
  header.id = fields.as("id", EntryId::parse);
  header.by = fields.string("by");
  header.client = fields.as("client", ClientId::parse);
  if (!is_name(header.by)) fields.fault("by", "is no name");
  header.at = fields.as("at", parse_timestamp);
  header.root = fields.natural("root");
  if (payload.find("run") != nullptr) {
    header.run = fields.as("run", RunId::parse);
    header.environment = fields.as("environment", parse_environment);
    header.classification = fields.as("classification", parse_classification);
  }
  return header;
}

}  // namespace

std::string_view to_string(Kind kind) {
  const auto* const found = std::ranges::find(kKinds, kind, [](const auto& pair) { return pair.first; });
  return found == kKinds.end() ? "unknown" : found->second;
}

Kind parse_kind(std::string_view name) {
  const auto* const found =
      std::ranges::find(kKinds, name, [](const auto& pair) { return std::string_view(pair.second); });
  return found == kKinds.end() ? Kind::unknown : found->first;
}

bool is_origin(std::string_view text) {
  const auto slash = text.find('/');
  return slash != std::string_view::npos && is_name(text.substr(0, slash)) && text.size() == slash + 33 &&
         from_hex(text.substr(slash + 1)).has_value();
}

std::string pae(std::string_view type, std::string_view payload) {
  auto encoded = fmt::format("DSSEv1 {} {} {} ", type.size(), type, payload.size());
  encoded.reserve(encoded.size() + payload.size());
  return encoded.append(payload);
}

std::string payload_type(std::string_view type) { return fmt::format("{}{}{}", kTypePrefix, type, kTypeSuffix); }
std::string signature_namespace(std::string_view type) { return fmt::format("blc.{}", type); }

Result<Entry> decode_entry(std::string_view bytes) {
  if (bytes.size() > kLargestEntry) return malformed("larger than 32 MiB");
  const auto envelope = split(bytes);
  if (!envelope) return std::unexpected(fault_of(bytes));
  auto media = envelope->media;
  if (!media.starts_with(kTypePrefix) || !media.ends_with(kTypeSuffix)) return malformed("foreign payload type");
  media.remove_prefix(kTypePrefix.size());
  media.remove_suffix(kTypeSuffix.size());
  if (!is_type(media)) return malformed("foreign payload type");
  auto payload = crypto::from_base64(envelope->payload);
  const auto raw = crypto::from_base64(envelope->signature);
  if (!payload || !raw) return malformed("base64");
  auto signature = crypto::Sshsig::decode(*raw);
  if (!signature) return malformed(signature.error().message);
  if (signature->name_space != signature_namespace(media)) return malformed("the signature is for another kind");

  BLC_TRY(auto json, text::parse_canonical(*payload));
  text::Fields fields(json, "payload");
  const auto name = fields.string("kind");
  if (!media.starts_with(name) || media[name.size()] != '.') fields.fault("kind", "is not the payload type's");
  BLC_TRY(auto header, read_header(fields, json));
  fields.any("body");
  BLC_CHECK(fields.finish());
  auto body = std::move(json.get_if<text::Json::Object>()->find("body")->second);
  const auto kind = media.ends_with(kVersion) && media.size() == name.size() + kVersion.size() ? parse_kind(name)
                                                                                               : Kind::unknown;
  return Entry{kind, std::string(media), std::move(header), std::move(body), *std::move(signature),
               *std::move(payload)};
}

Result<> check_signature(const Entry& entry) {
  auto verified = crypto::sshsig_verify(entry.signature, signature_namespace(entry.type),
                                        pae(payload_type(entry.type), entry.payload));
  if (!verified) return fail(Exit::ledger, "the signature does not verify");
  return {};
}

std::string encode_payload(Kind kind, const Header& header, const text::Json& body) {
  text::Json::Object payload{
      {"ledger", header.ledger},
      {"kind", to_string(kind)},
      {"id", header.id.str()},
      {"by", header.by},
      {"client", header.client.str()},
      {"at", blc::to_string(header.at)},
      {"root", header.root},
      {"head", text::Json::Object{{"size", header.head.size}, {"root", header.head.root.hex()}}},
      {"body", body},
  };
  if (header.run) {
    payload.emplace("run", header.run->str());
    payload.emplace("environment", blc::to_string(*header.environment));
    payload.emplace("classification", blc::to_string(*header.classification));
  }
  return text::canonical(payload);
}

Result<std::string> sign_entry(Kind kind, const std::string& payload, ports::Signer& signer) {
  const auto type = fmt::format("{}{}", to_string(kind), kVersion);
  BLC_TRY(const auto raw, signer.sign(signature_namespace(type), pae(payload_type(type), payload)));
  return text::canonical(text::Json::Object{
      {"payload", crypto::base64(payload)},
      {"payloadType", payload_type(type)},
      {"signatures", text::Json::Array{text::Json::Object{{"sig", crypto::base64(raw)}}}},
  });
}

}  // namespace blc::ledger
