#include "core/ledger/entry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/crypto/digest.hpp"
#include "core/crypto/service_key.hpp"
#include "core/ledger/sealed_list.hpp"

namespace blc::ledger {
namespace {

using text::Json;

constexpr std::string_view kOrigin = "practice/00112233445566778899aabbccddeeff";

class Entries : public ::testing::Test {
 protected:
  std::unique_ptr<crypto::ServiceKey> key = crypto::ServiceKey::generate().first;
  Header header{std::string(kOrigin),
                *EntryId::parse("01KADX0V8T5N2R9JQ3HW7M4KD2"),
                "ana",
                *parse_timestamp("2026-11-22T10:31:00.123Z"),
                3,
                {7, crypto::sha256("head")},
                RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD3"),
                Environment::staging,
                Classification::clinical};
  Json body = Json::Object{{"decision", "approve"}, {"plan", "sha256:..."}};

  [[nodiscard]] std::string good() const {
    return *sign_entry(Kind::approval, encode_payload(Kind::approval, header, body), *key);
  }

  // An envelope of any payload and type, signed in any namespace.
  [[nodiscard]] std::string envelope(const std::string& payload, const std::string& type,
                                     const std::string& name_space) const {
    const auto raw = key->sign(name_space, pae(payload_type(type), payload));
    return text::canonical(Json::Object{{"payload", crypto::base64(payload)},
                                        {"payloadType", payload_type(type)},
                                        {"signatures", Json::Array{Json::Object{{"sig", crypto::base64(*raw)}}}}});
  }
  // The payload of good() with one member set to something else, or without it.
  [[nodiscard]] std::string with(const std::string& member, const std::optional<Json>& value) const {
    auto payload = *text::parse_canonical(encode_payload(Kind::approval, header, body));
    auto& object = *payload.get_if<Json::Object>();
    object.erase(member);
    if (value) object.emplace(member, *value);
    return envelope(text::canonical(payload), "approval.v1", "blc.approval.v1");
  }
};

void expect_refused(const std::string& bytes) {
  const auto entry = decode_entry(bytes);
  ASSERT_FALSE(entry) << bytes;
  EXPECT_EQ(entry.error().code, Exit::ledger) << entry.error().message;
}

TEST_F(Entries, ComeBackAsTheyWereSigned) {
  const auto entry = decode_entry(good());
  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_EQ(entry->kind, Kind::approval);
  EXPECT_EQ(entry->type, "approval.v1");
  EXPECT_EQ(entry->header.ledger, kOrigin);
  EXPECT_EQ(entry->header.id, header.id);
  EXPECT_EQ(entry->header.by, "ana");
  EXPECT_EQ(entry->header.at, header.at);
  EXPECT_EQ(entry->header.root, 3U);
  EXPECT_EQ(entry->header.head, header.head);
  EXPECT_EQ(entry->header.run, header.run);
  EXPECT_EQ(entry->header.environment, Environment::staging);
  EXPECT_EQ(entry->header.classification, Classification::clinical);
  EXPECT_EQ(entry->body, body);
  EXPECT_EQ(entry->signature.key, key->key());
  EXPECT_EQ(encode_payload(entry->kind, entry->header, entry->body), entry->payload);
  EXPECT_TRUE(check_signature(*entry));
}

TEST_F(Entries, WithoutARunHaveNoEnvironment) {
  header.run.reset();
  const auto entry = decode_entry(*sign_entry(Kind::root, encode_payload(Kind::root, header, body), *key));
  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_FALSE(entry->header.run);
  EXPECT_FALSE(entry->header.environment);
  EXPECT_FALSE(entry->header.classification);
}

TEST_F(Entries, EveryKindHasANameThatComesBack) {
  for (const auto kind :
       {Kind::request, Kind::plan, Kind::approval, Kind::cancel, Kind::order, Kind::claim, Kind::step, Kind::heartbeat,
        Kind::outcome, Kind::close, Kind::refusal, Kind::reveal, Kind::root, Kind::catalog,
        Kind::resume, Kind::note, Kind::proposal, Kind::accept, Kind::break_glass, Kind::review, Kind::delegation,
        Kind::exported, Kind::tier_check}) {
    EXPECT_EQ(parse_kind(to_string(kind)), kind);
    const auto entry = decode_entry(*sign_entry(kind, encode_payload(kind, header, body), *key));
    ASSERT_TRUE(entry) << to_string(kind);
    EXPECT_EQ(entry->kind, kind);
  }
  EXPECT_EQ(parse_kind("unknown"), Kind::unknown);
  EXPECT_EQ(parse_kind("Approval"), Kind::unknown);
}

// github.com/secure-systems-lab/dsse, protocol.md: the test vector.
TEST_F(Entries, PaeIsTheOneOfTheDsseSpecification) {
  EXPECT_EQ(pae("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

TEST_F(Entries, RefuseASignatureOfAnotherNamespace) {
  const auto payload = encode_payload(Kind::approval, header, body);
  ASSERT_TRUE(decode_entry(envelope(payload, "approval.v1", "blc.approval.v1")));
  expect_refused(envelope(payload, "approval.v1", "blc.order.v1"));
  expect_refused(envelope(payload, "approval.v1", "file"));
  expect_refused(envelope(payload, "approval.v1", "blc.approval.v2"));
}

TEST_F(Entries, RefuseAPayloadOfAnotherKindThanItsType) {
  const auto payload = encode_payload(Kind::order, header, body);
  expect_refused(envelope(payload, "approval.v1", "blc.approval.v1"));
}

// The signature covers the type too: moving a signed payload under another type of its kind does not verify.
TEST_F(Entries, RefuseASignatureOverAnotherType) {
  const auto payload = encode_payload(Kind::approval, header, body);
  const auto raw = key->sign("blc.approval.v2", pae(payload_type("approval.v1"), payload));
  const auto entry = decode_entry(
      text::canonical(Json::Object{{"payload", crypto::base64(payload)},
                                   {"payloadType", payload_type("approval.v2")},
                                   {"signatures", Json::Array{Json::Object{{"sig", crypto::base64(*raw)}}}}}));
  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_FALSE(check_signature(*entry));
}

TEST_F(Entries, RefuseASignatureOverAnotherPayload) {
  auto envelope = *text::parse_canonical(good());
  header.by = "ben";
  envelope.get_if<Json::Object>()->insert_or_assign("payload",
                                                    crypto::base64(encode_payload(Kind::approval, header, body)));
  const auto entry = decode_entry(text::canonical(envelope));
  ASSERT_TRUE(entry);
  const auto checked = check_signature(*entry);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Exit::ledger);
}

TEST_F(Entries, RefuseAnEnvelopeThatIsNotCanonical) {
  const auto bytes = good();
  expect_refused(" " + bytes);
  expect_refused(bytes + "\n");
  auto spaced = bytes;
  spaced.insert(spaced.find(':') + 1, " ");
  expect_refused(spaced);
  auto swapped = *text::parse_canonical(bytes);
  const auto text = [&](const char* name) {
    return "\"" + std::string(name) + "\":" + text::canonical(*swapped.find(name));
  };
  expect_refused("{" + text("payloadType") + "," + text("payload") + "," + text("signatures") + "}");
}

TEST_F(Entries, RefuseAPayloadThatIsNotCanonical) {
  auto payload = encode_payload(Kind::approval, header, body);
  ASSERT_TRUE(decode_entry(envelope(payload, "approval.v1", "blc.approval.v1")));
  expect_refused(envelope(payload + " ", "approval.v1", "blc.approval.v1"));
  payload.insert(1, " ");
  expect_refused(envelope(payload, "approval.v1", "blc.approval.v1"));
}

TEST_F(Entries, RefuseTwoSignaturesAndNone) {
  auto two = *text::parse_canonical(good());
  auto& list = *two.get_if<Json::Object>()->at("signatures").get_if<Json::Array>();
  list.push_back(list.front());
  expect_refused(text::canonical(two));
  list.clear();
  expect_refused(text::canonical(two));
}

TEST_F(Entries, RefuseAMemberTooManyOrTooFew) {
  expect_refused(with("surplus", Json("x")));
  for (const auto* member :
       {"ledger", "kind", "id", "by", "at", "root", "head", "body", "environment", "classification"})
    expect_refused(with(member, {}));
  auto outer = *text::parse_canonical(good());
  outer.get_if<Json::Object>()->emplace("surplus", "x");
  expect_refused(text::canonical(outer));
}

TEST_F(Entries, SayWhichMemberIsMissing) {
  for (const std::string member : {"ledger", "id", "by", "client", "at", "root"}) {
    const auto refused = decode_entry(with(member, {}));
    ASSERT_FALSE(refused) << member;
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr("\"" + member + "\" is missing"));
  }
}

TEST_F(Entries, RefuseMalformedMembers) {
  ASSERT_TRUE(decode_entry(with("by", Json("ben"))));
  expect_refused(with("by", Json("Ben")));
  expect_refused(with("by", Json("")));
  expect_refused(with("ledger", Json("practice")));
  expect_refused(with("ledger", Json("practice/00112233445566778899AABBCCDDEEFF")));
  expect_refused(with("id", Json("01KADX0V8T5N2R9JQ3HW7M4KD")));
  expect_refused(with("at", Json("2026-11-22T10:31:00Z")));
  expect_refused(with("root", Json(-1)));
  expect_refused(with("root", Json("3")));
  expect_refused(with("head", Json::Object{{"size", -1}, {"root", header.head.root.hex()}}));
  expect_refused(with("head", Json::Object{{"size", 7}, {"root", header.head.root.tagged()}}));
  expect_refused(with("head", Json::Object{{"size", 7}, {"root", header.head.root.hex()}, {"more", 1}}));
  expect_refused(with("environment", Json("dev")));
  expect_refused(with("classification", Json("secret")));
  expect_refused(with("run", Json("KADX0V")));
}

TEST_F(Entries, RefuseForeignPayloadTypes) {
  const auto payload = encode_payload(Kind::approval, header, body);
  for (const auto* type : {"approval", "approval.v", "approval.v0", "approval.v01", "approval.v1000", "approval.vx",
                           ".v1", "Approval.v1", "approval.v1.v1"})
    expect_refused(envelope(payload, type, signature_namespace(type)));
  auto foreign = *text::parse_canonical(good());
  foreign.get_if<Json::Object>()->insert_or_assign("payloadType", "application/vnd.in-toto+json");
  expect_refused(text::canonical(foreign));
}

TEST_F(Entries, RefuseSloppyBase64) {
  auto envelope = *text::parse_canonical(good());
  auto& object = *envelope.get_if<Json::Object>();
  const auto payload = *object.at("payload").get_if<std::string>();
  object.insert_or_assign("payload", payload + "\n");
  expect_refused(text::canonical(envelope));
  object.insert_or_assign("payload", payload + "====");
  expect_refused(text::canonical(envelope));
}

TEST_F(Entries, OfALaterVersionAreUnknownAndAuthentic) {
  const auto payload = encode_payload(Kind::approval, header, body);
  const auto entry = decode_entry(envelope(payload, "approval.v2", "blc.approval.v2"));
  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_EQ(entry->kind, Kind::unknown);
  EXPECT_TRUE(check_signature(*entry));
}

TEST_F(Entries, OfALaterKindAreUnknownAndAuthentic) {
  auto payload = *text::parse_canonical(encode_payload(Kind::approval, header, body));
  payload.get_if<Json::Object>()->insert_or_assign("kind", "witness");
  const auto entry = decode_entry(envelope(text::canonical(payload), "witness.v1", "blc.witness.v1"));
  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_EQ(entry->kind, Kind::unknown);
  EXPECT_EQ(entry->type, "witness.v1");
  EXPECT_TRUE(check_signature(*entry));
}

// A key of small order would "verify" anything: github.com/openssl does not refuse it, PublicKey does.
TEST_F(Entries, RefuseASmallOrderKeyInTheSignature) {
  auto envelope = *text::parse_canonical(good());
  auto raw = *crypto::from_base64(
      *envelope.find("signatures")->get_if<Json::Array>()->front().find("sig")->get_if<std::string>());
  const auto point = key->public_blob().substr(key->public_blob().size() - 32);
  const auto at = raw.find(point);
  ASSERT_NE(at, std::string::npos);
  std::string identity(32, '\0');
  identity.front() = 1;
  raw.replace(at, 32, identity);
  envelope.get_if<Json::Object>()->insert_or_assign("signatures",
                                                    Json::Array{Json::Object{{"sig", crypto::base64(raw)}}});
  expect_refused(text::canonical(envelope));
}

TEST_F(Entries, RefuseWhatIsNoEnvelope) {
  for (const auto* bytes : {"", "{}", "[]", "null", "\"\"", "{\"payload\":\"\"}", "not json"}) expect_refused(bytes);
}

TEST(Origin, IsANameAndSixteenBytes) {
  EXPECT_TRUE(is_origin("practice/00112233445566778899aabbccddeeff"));
  for (const auto* text : {"", "practice", "practice/", "/00112233445566778899aabbccddeeff", "practice/0011",
                           "Practice/00112233445566778899aabbccddeeff", "practice/00112233445566778899aabbccddeefg",
                           "practice/00112233445566778899aabbccddeeff0", "a/b/00112233445566778899aabbccddeeff"})
    EXPECT_FALSE(is_origin(text)) << text;
}

TEST(SealedList, ComesBackAndRefersByPosition) {
  const std::vector<SealedItem> items{{"client", {crypto::sha256("a"), crypto::sha256("b")}},
                                      {"run-key", {crypto::sha256("c"), crypto::sha256("d")}}};
  EXPECT_EQ(*sealed_items(to_json(items)), items);
  EXPECT_EQ(sealed_position(sealed_reference(1)), 1U);
  EXPECT_EQ(sealed_position(Json("sealed")), std::nullopt);
  EXPECT_EQ(sealed_position(Json::Object{{"sealed", -1}}), std::nullopt);
  EXPECT_EQ(sealed_position(Json::Object{{"sealed", "0"}}), std::nullopt);
  EXPECT_EQ(sealed_position(Json::Object{{"sealed", 0}, {"more", 0}}), std::nullopt);
}

TEST(SealedList, RefusesWhatIsNoList) {
  EXPECT_FALSE(sealed_items(Json("x")));
  EXPECT_FALSE(sealed_items(Json::Array{Json::Object{{"name", "x"}}}));
  const auto digest = crypto::sha256("a").hex();
  const Json::Object whole{{"name", "x"}, {"commitment", digest}, {"ciphertext", digest}};
  EXPECT_TRUE(sealed_items(Json::Array{whole}));
  auto surplus = whole;
  surplus.emplace("more", 1);
  EXPECT_FALSE(sealed_items(Json::Array{surplus}));
  auto tagged = whole;
  tagged.insert_or_assign("ciphertext", "sha256:" + digest);
  EXPECT_FALSE(sealed_items(Json::Array{tagged}));
}

}  // namespace
}  // namespace blc::ledger
