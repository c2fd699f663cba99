#include "core/tier/probes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/tier/values.hpp"
#include "core/tier/web_headers.hpp"

namespace blc::tier {

namespace {

using ports::TlsVersion;
using ports::WebAnswer;
using Fault = WebAnswer::Fault;

std::string_view to_string(TlsVersion version) { return version == TlsVersion::v1_3 ? "TLS 1.3" : "TLS 1.2"; }

// What is asked is made of these parts anew: no other reader of URLs finds another host in them.
struct Address {
  std::string origin;  // https://app.example.org:8443
  std::string path;    // begins with /
};

bool is_path(std::string_view path) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-._~/%!$&'()*+,;=:").find(c) != std::string_view::npos;
  };
  return path.starts_with('/') && std::ranges::all_of(path, fits);
}

bool is_listed(const Probes& probes, const Url& url, Tier to) {
  const auto listed = probes.hosts.find(to);
  if (listed == probes.hosts.end()) return false;
  const auto standard = url.scheme == "https" ? "443" : "80";
  const auto port = url.port.empty() ? standard : url.port;
  return std::ranges::any_of(listed->second, [&](const std::string& entry) {
    const auto colon = entry.find(':');
    return entry.substr(0, colon) == url.host && (colon == std::string::npos ? standard : entry.substr(colon + 1)) == port;
  });
}

// The parts, or why nobody may be asked. The value is a setting's, and not repeated.
std::string read_address(std::string_view value, const Probes& probes, Tier to, Address& into) {
  const auto url = parse_url(value);
  if (value.find('@') != std::string_view::npos) return "holds a user name or a password";
  if (!url || url->host.empty()) return "is no URL";
  if (url->scheme != "https" && (url->scheme != "http" || to != Tier::development)) return "is no https address";
  if (!lower(value).starts_with(url->scheme + "://")) return "is no URL";  // postgresql+asyncpg:// has such a scheme
  if (value.find_first_of("?#") != std::string_view::npos) return "holds more than scheme, host and path";
  if (!is_listed(probes, *url, to)) return fmt::format("names a host that the rules do not list for {}", to_string(to));
  into = {fmt::format("{}://{}{}{}", url->scheme, url->host, url->port.empty() ? "" : ":", url->port), url->path.empty() ? "/" : url->path};
  return is_path(into.path) ? "" : "is no URL";
}

std::string health_of(const Address& address, const Probes& probes) {
  auto path = address.path;
  while (path.ends_with('/')) path.pop_back();
  return address.origin + path + probes.health;
}

bool certificate_fault(Fault fault) {
  return fault == Fault::expired || fault == Fault::not_yet_valid || fault == Fault::self_signed || fault == Fault::other_host || fault == Fault::untrusted;
}
bool has_headers(const WebAnswer& answer) { return answer.fault == Fault::none || answer.fault == Fault::too_long; }

std::string words_of(Fault fault, TlsVersion least) {
  switch (fault) {
    case Fault::none: return "";
    case Fault::unresolved: return "names a host that cannot be found";
    case Fault::unreachable: return "lets nobody connect";
    case Fault::late: return "does not answer in time";
    case Fault::no_tls: return fmt::format("agrees on no {} or newer", to_string(least));
    case Fault::expired: return "has a certificate that has expired";
    case Fault::not_yet_valid: return "has a certificate that is not valid yet";
    case Fault::self_signed: return "has a certificate that it issued itself";
    case Fault::other_host: return "has a certificate of another host";
    case Fault::untrusted: return "has a certificate that no trusted authority issued";
    case Fault::too_long: return "answers beyond measure";
    case Fault::no_http: return "answers with something else than HTTP";
  }
  return "cannot be asked";
}

class Judge {
 public:
  Judge(const Rule& rule, const Probes& probes, const Probed& probed, std::chrono::year_month_day today)
      : rule_(rule), probes_(probes), probed_(probed), today_(today) {}

  [[nodiscard]] ProbeFault run() const {
    if (rule_.check == Check::listed) return {probed_.kept_from};
    if (!probed_.kept_from.empty()) return {"was not asked", true};
    switch (rule_.check) {
      case Check::healthy: return health();
      case Check::tls: return tls();
      case Check::certificate: return certificate();
      case Check::lasting: return lasting();
      default: return headers();
    }
  }

 private:
  [[nodiscard]] std::string words(const WebAnswer& answer) const { return words_of(answer.fault, probes_.tls); }
  [[nodiscard]] ProbeFault unseen() const { return {fmt::format("was not seen, as it {}", words(probed_.base)), true}; }

  [[nodiscard]] ProbeFault health() const {
    const auto& [fault, status, headers, until] = probed_.health;
    if (certificate_fault(fault) || fault == Fault::no_tls) return {fmt::format("was not asked, as it {}", words(probed_.health)), true};
    if (fault != Fault::none) return {words(probed_.health)};
    if (status >= 200 && status < 300) return {};
    return {fmt::format("answers {} with {}{}", probes_.health, status, status >= 300 && status < 400 ? ", a redirect, which is not followed" : "")};
  }

  [[nodiscard]] ProbeFault headers() const {
    if (!has_headers(probed_.base)) return unseen();
    const auto& headers = probed_.base.headers;
    if (rule_.check == Check::no_sniffing) return {forbids_sniffing(headers) ? "" : "sends no X-Content-Type-Options: nosniff"};
    if (rule_.check == Check::no_framing) return {forbids_framing(headers) ? "" : "sends neither frame-ancestors of hosts nor X-Frame-Options"};
    const auto seconds = strict_transport_seconds(headers);
    if (!seconds) return {"sends no valid Strict-Transport-Security"};
    return {*seconds >= probes_.hsts_seconds ? "" : fmt::format("sends Strict-Transport-Security for less than {} seconds", probes_.hsts_seconds)};
  }

  [[nodiscard]] ProbeFault tls() const {
    if (!probed_.over_tls) return {"is asked without TLS"};
    const auto fault = probed_.base.fault;
    if (fault == Fault::no_tls) return {probed_.accepts_older.value_or(false) ? fmt::format("speaks only what is older than {}", to_string(probes_.tls)) : words(probed_.base)};
    if (!has_headers(probed_.base) && !certificate_fault(fault)) return unseen();
    if (!probed_.accepts_older) return {fmt::format("was not seen to refuse what is older than {}", to_string(probes_.tls)), true};
    return {*probed_.accepts_older ? fmt::format("also speaks what is older than {}", to_string(probes_.tls)) : ""};
  }

  [[nodiscard]] ProbeFault certificate() const {
    if (!probed_.over_tls) return {"is asked without TLS"};
    if (certificate_fault(probed_.base.fault)) return {words(probed_.base)};
    return has_headers(probed_.base) ? ProbeFault{} : unseen();
  }

  [[nodiscard]] ProbeFault lasting() const {
    if (!probed_.over_tls) return {"is asked without TLS"};
    if (probed_.base.fault == Fault::expired) return {words(probed_.base)};
    if (!has_headers(probed_.base)) return unseen();
    if (!probed_.base.certificate_until) return {"does not tell when its certificate expires", true};
    const auto left = std::chrono::floor<std::chrono::days>(*probed_.base.certificate_until) - std::chrono::sys_days(today_);
    if (left.count() >= probes_.certificate_days) return {};
    return {fmt::format("has a certificate that expires in {} day{}, which is fewer than {}", left.count(), left.count() == 1 ? "" : "s", probes_.certificate_days)};
  }

  const Rule& rule_;
  const Probes& probes_;
  const Probed& probed_;
  std::chrono::year_month_day today_;
};

// Why there is no address in it.
std::string why_none(const Configuration& configuration, const Setting* setting, const std::string& name) {
  if (setting != nullptr) return setting->value ? "is empty" : "comes from a secret that was not given";
  const auto* const source = configuration.may_hold(name);
  return source == nullptr ? "is not set" : fmt::format("may come from the {}, which was not given", source->what);
}

}  // namespace

Result<Probed> probe(const Rules& rules, const Configuration& configuration, Tier to, const std::string& place, ports::Web& web) {
  if (!rules.probes)
    return fail(Exit::usage, fmt::format("{} does not say what to probe", rules.source), "give it a section probes, as blc-tier(1) shows");
  const auto& probes = *rules.probes;
  Probed probed;
  probed.subject = rules.prefix + probes.setting;
  const auto* const setting = configuration.find(probed.subject);
  probed.origin = setting == nullptr ? Origin{place, 0} : setting->origin;
  Address address;
  if (setting != nullptr && setting->value && !setting->value->empty()) {
    probed.kept_from = read_address(setting->value->reveal(), probes, to, address);
  } else {
    probed.kept_from = why_none(configuration, setting, probed.subject);
  }
  if (!probed.kept_from.empty()) return probed;

  const auto base = address.origin + address.path;
  probed.over_tls = address.origin.starts_with("https:");
  BLC_TRY(probed.base, web.get(base, probes.tls));
  probed.health.fault = probed.base.fault;
  if (has_headers(probed.base) || probed.base.fault == Fault::no_http) {
    BLC_TRY(probed.health, web.get(health_of(address, probes), probes.tls));
  }
  if (probed.over_tls && (has_headers(probed.base) || certificate_fault(probed.base.fault) || probed.base.fault == Fault::no_tls)) {
    BLC_TRY(probed.accepts_older, web.accepts_older(base, probes.tls));
  }
  return probed;
}

ProbeFault fault_of(const Rule& rule, const Rules& rules, const Probed& probed, std::chrono::year_month_day today) {
  return Judge(rule, *rules.probes, probed, today).run();
}

}  // namespace blc::tier
