#include "core/tier/values.hpp"

#include <gtest/gtest.h>

namespace blc::tier {
namespace {

TEST(Values, OnlyClearWordsSwitch) {
  for (const auto* word : {"true", "TRUE", "1", "yes", "On"}) EXPECT_EQ(read_switch(word), Switch::on) << word;
  for (const auto* word : {"false", "0", "no", "OFF"}) EXPECT_EQ(read_switch(word), Switch::off) << word;
  for (const auto* word : {"", "ture", "enabled", " true", "2", "y"}) EXPECT_EQ(read_switch(word), Switch::unclear) << word;
}

TEST(Values, UrlsComeApart) {
  const auto url = parse_url("postgresql+asyncpg://app:p@ss/w@[2001:DB8::1]:5432/name?sslmode=require&x#f");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "postgresql");
  EXPECT_EQ(url->user, "app");
  EXPECT_EQ(url->password, "p@ss/w");
  EXPECT_EQ(url->host, "2001:db8::1");
  EXPECT_EQ(url->port, "5432");
  EXPECT_EQ(url->path, "/name");
  ASSERT_EQ(url->query.size(), 2U);
  EXPECT_EQ(url->query.front(), std::pair(std::string("sslmode"), std::string("require")));
  for (const auto* bad : {"", "host", "://x", "1a://x", "a://x y", "a://h:0", "a://h:65536", "a://h:x", "a://[::1", "a://h:"}) EXPECT_FALSE(parse_url(bad)) << bad;
}

TEST(Values, UrlsMayNameSeveralHosts) {
  const auto url = parse_url("postgresql://app:x@a.example.org:5432,[::1],B.example.org/name");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "a.example.org,::1,b.example.org");
  EXPECT_EQ(url->port, "5432");
  EXPECT_TRUE(is_local_host(url->host));
  EXPECT_FALSE(parse_url("postgresql://a:5432,b:x/name"));
  const auto many = parse_url("postgresql://" + std::string(200'000, ',') + "b/name");
  ASSERT_TRUE(many);
  EXPECT_FALSE(is_local_host(many->host));
  EXPECT_TRUE(is_local_host(many->host + ",localhost"));
  EXPECT_EQ(parse_url("jdbc:postgresql://a.example.org:5432/name?sslmode=require")->scheme, "postgresql");
}

// RFC 3986, section 2.1; libpq, "Connection URIs": what the query says counts.
TEST(Values, AUrlIsReadAsItIsMeant) {
  const auto url = parse_url("postgresql://%61pp:p%40ss%2@db.example.org/n%61me?host=DB2.example.org&port=5433&dbname=other");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->user, "app");
  EXPECT_EQ(url->password, "p@ss%2");
  EXPECT_EQ(host_of(*url), "db2.example.org");
  EXPECT_EQ(port_of(*url), "5433");
  EXPECT_EQ(path_of(*url), "/other");
  const auto other = parse_url("https://a.example.org/n%61me?host=b");
  ASSERT_TRUE(other);
  EXPECT_EQ(host_of(*other), "a.example.org");
  EXPECT_EQ(path_of(*other), "/name");
}

TEST(Values, LocalHosts) {
  for (const auto* host : {"localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "db.localhost", "localhost.localdomain", "0:0:0:0:0:0:0:1", "2130706433", "0x7f.1", "0177.0.0.1", "0X7F000001", "127.1", "0", "0.0"}) EXPECT_TRUE(is_local_host(host)) << host;
  for (const auto* host : {"db", "localhost.example.org", "10.0.0.1", "2130706432.1", "167772161", "0x7g.1", "127x", "1.2.3.4.5", "4294967296", "08", "", "0x"}) EXPECT_FALSE(is_local_host(host)) << host;
}

TEST(Values, Placeholders) {
  for (const auto* value : {"changeme", "please-ChangeMe-now", "dev-secret-key-change-in-production", "xxx", "https://xxx@h/1", "<your key>", "your-key-here", "django-insecure-4k2m9w9zq7xv0p",
                            "postgresql://user:pass@h/d", "postgresql://app:app@h/d", "TODO", "${SECRET_KEY}", "postgresql://app:$(DB_PASSWORD)@h/d", "{{ .Values.key }}"})
    EXPECT_TRUE(is_placeholder(value)) << value;
  for (const auto* value : {"true", "postgresql://app:r4Xn-8tPq@h/d", "XXL", "none", "default", "password", "upgrade-insecure-requests", "2026.11.2", "passable", "https://example.org", "", "redis://$(CACHE_SERVICE_HOST):$(CACHE_SERVICE_PORT)",
                            "a$(b c)$", "a${", "{{"}) EXPECT_FALSE(is_placeholder(value)) << value;
}

TEST(Values, StrengthCountsVariety) {
  EXPECT_EQ(strength_in_bits(""), 0);
  EXPECT_EQ(strength_in_bits("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 0);
  for (const auto* run : {"abcdefghijklmnopqrstuvwxyz0123456789", "0123456789abcdef0123456789abcdef"}) EXPECT_LT(strength_in_bits(run), 10) << run;
  EXPECT_LT(strength_in_bits("hunter2hunter2"), 80);
  EXPECT_GT(strength_in_bits("Yt5bM2xKq8Wn4RzVh9LcPj3GsDf7Ae1U"), 80);
}

TEST(Values, SentryDsn) {
  EXPECT_TRUE(is_sentry_dsn("https://9c1e7b3f5a2d48069e8f7a6b5c4d3e21@errors.example.org/42"));
  for (const auto* bad : {"https://xxx@errors.example.org/xxx", "http://9c1e7b3f5a2d48069e8f7a6b5c4d3e21@h/42", "https://9c1e7b3f5a2d48069e8f7a6b5c4d3e21@h", "true", ""})
    EXPECT_FALSE(is_sentry_dsn(bad)) << bad;
}

TEST(Values, WordsAreWhole) {
  const std::vector<std::string> words{"prod"};
  EXPECT_TRUE(has_word("db.prod.example.org", words));
  EXPECT_TRUE(has_word("PROD_db", words));
  EXPECT_FALSE(has_word("products", words));
}

}  // namespace
}  // namespace blc::tier
