#include "core/text/masking.hpp"

#include <gtest/gtest.h>

namespace blc::text {
namespace {

using std::string_literals::operator""s;

struct Case {
  std::string text;
  std::string masked;
};

TEST(Masking, TakesOutWhatIdentifiesAPerson) {
  const std::vector<Case> cases{
      {"mail to sample.client@example.org failed", "mail to <email> failed"},
      {"<a.b+c@mail.example.org>,x@localhost", "<<email>>,<email>"},
      {"call 555-0142 or 212-555-0142", "call <phone> or <phone>"},
      {"(212) 555-0142, 1 212 555 0142, 212.555.0142", "<phone>, <phone>, <phone>"},
      {"+49 30 555 0142 0", "<phone>"},
      {"+12125550142;2125550142", "<phone>;<phone>"},
      {"ssn 900-12-3456, 900 12 3456, 900123456", "ssn <ssn>, <ssn>, <ssn>"},
      {"card 4111 1111 1111 1111 and 4111-1111-1111-1111", "card <card> and <card>"},
      {"4111111111111111.", "<card>."},
  };
  for (const auto& [text, masked] : cases) EXPECT_EQ(mask(text), masked);
}

TEST(Masking, TakesOutSecrets) {
  const std::vector<Case> cases{
      {"password=hunter2", "password=<masked>"},
      {"DB_PASSWORD: 'two words' next", "DB_PASSWORD: <masked> next"},
      {R"({"api_key":"a\"b","n":1})", R"({"api_key":<masked>,"n":1})"},
      {"SENTRY_DSN=https://k@sentry.example.org/1", "SENTRY_DSN=<masked>"},
      {"login --password hunter2 --verbose", "login --password <masked> --verbose"},
      {"Authorization: Basic dXNlcjpwYXNz, more", "Authorization: <masked>"},
      {"set-cookie: a=b; Path=/\nnext", "set-cookie: <masked>\nnext"},
      {"sent Bearer abc.def-ghi_jkl to", "sent Bearer <token> to"},
      {"postgresql://blc:pw@db.example.org/x", "postgresql://<credentials>@db.example.org/x"},
      {"https://token@example.org", "https://<credentials>@example.org"},
      {"tried scott:tiger@db.example.org twice", "tried <credentials> twice"},
      {"eyJhbGciOi.eyJzdWIiOiIx.c2ln", "<token>"},
      {"key AKIAIOSFODNN7EXAMPLEKEY0 used", "key <token> used"},
      {"b64 q83vEjRWeJCrze8SNFZ4kKvN7xI0Vg+/x== end", "b64 <token> end"},
      {"a -----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY----- b", "a <key> b"},
      {"cut -----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk", "cut <key>"},
  };
  for (const auto& [text, masked] : cases) EXPECT_EQ(mask(text), masked);
}

TEST(Masking, LeavesWhatAnOperatorNeeds) {
  for (const std::string text :
       {"", "the ledger /srv/clinic/.blc/ledger.db is locked by another program",
        "it ended with exit code 143 after 60s at 2026-11-22T10:31:00.123Z", "2026-11-22", "version 0.1.0, Linux 6.1.0-27",
        "127.0.0.1:5432", "1234567890123", "a-very-long-name-of-a-file-without-any-number-in-it.txt", "12:30:45",
        "signal 9 ended it", "the author, ana, passes"}) {
    EXPECT_EQ(mask(text), text);
  }
}

TEST(Masking, IsNotFooledByBytesThatAreNoText) {
  EXPECT_EQ(mask("-----BEGIN PRIVATE KEY-----\nMC4\xff\xfe\x80QA\n-----END PRIVATE KEY-----"), "<key>");
  EXPECT_EQ(mask("\xff""a@example.org\xff"), "\xff<email>\xff");
  EXPECT_EQ(mask("password=\xffhunter2"), "password=<masked>");
  EXPECT_EQ(mask("a\0b@example.org"s), "a\0<email>"s);
}

TEST(Masking, MaskedTextStaysAsItIs) {
  for (const std::string text :
       {"mail sample.client@example.org, 555-0142", "password=hunter2 token: abc", "scott:tiger@db.example.org",
        "https://u:p@example.org/?access_token=abc", "Authorization: Bearer abcdefgh12345678",
        "4111 1111 1111 1111 900-12-3456 eyJhbGciOi.eyJzdWIiOiIx.c2ln"}) {
    EXPECT_EQ(mask(mask(text)), mask(text));
  }
}

// Linear time whatever the text (RE2's promise, which the loop over tokens and cards must keep).
TEST(Masking, EndsOnLongHostileText) {
  const std::string text(1U << 18U, '1');
  EXPECT_FALSE(mask(text).empty());
  EXPECT_FALSE(mask(std::string(1U << 18U, '-') + "@").empty());
}

TEST(Masking, KnowsNamesOfSecrets) {
  for (const auto* const name : {"password", "DB_PASSWORD", "X-Api-Key", "apiKey", "authToken", "passphrase", "SENTRY_DSN",
                                 "client_secret", "Authorization", "refresh-token", "sealing_key"})
    EXPECT_TRUE(names_secret(name)) << name;
  for (const auto* const name : {"", "key", "fingerprint", "author", "run", "exit_code", "secretary", "tokenizer"})
    EXPECT_FALSE(names_secret(name)) << name;
}

}  // namespace
}  // namespace blc::text
