#include "core/adapters/curl_web.hpp"

#include <curl/curl.h>
#include <dlfcn.h>

#include <algorithm>
#include <string_view>

namespace blc::adapters {

namespace {

using ports::TlsVersion;
using ports::WebAnswer;
using Fault = WebAnswer::Fault;

constexpr std::chrono::milliseconds kWhole{10'000};
constexpr std::chrono::milliseconds kConnect{5'000};
constexpr std::size_t kMostHeaderBytes = 64U << 10U;
constexpr std::size_t kMostBodyBytes = 1U << 20U;

// X509_V_ERR_*, as CURLINFO_SSL_VERIFYRESULT gives them.
constexpr long kNoResult = 1;  // OpenSSL refused nothing: libcurl looks at the name itself
constexpr long kNotYetValid = 9;
constexpr long kExpired = 10;
constexpr long kSelfSigned = 18;
constexpr long kHostMismatch = 62;

std::unexpected<Error> no_libcurl(std::string message) { return fail(Exit::usage, std::move(message), "apt install libcurl4"); }

// What comes back, as far as it is kept: headers, and how long the rest is.
struct Received {
  WebAnswer answer;
  std::size_t header_bytes = 0;
  std::size_t body_bytes = 0;
  bool in_headers = false;  // no trailer of a body

  bool header(std::string_view line) {
    header_bytes += line.size();
    if (header_bytes > kMostHeaderBytes) return false;
    if (line.starts_with("HTTP/")) {
      answer.headers.clear();
      in_headers = true;
    } else if (line.find_first_not_of("\r\n") == std::string_view::npos) {
      in_headers = false;
    } else if (const auto colon = line.find(':'); in_headers && colon != std::string_view::npos) {
      auto name = std::string(line.substr(0, colon));
      std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      line.remove_prefix(colon + 1);
      answer.headers.emplace_back(std::move(name), line.substr(0, line.find_last_not_of(" \t\r\n") + 1));
    }
    return true;
  }
  bool body(std::size_t size) {
    body_bytes += size;
    return body_bytes <= kMostBodyBytes;
  }
};

std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* received) {
  return static_cast<Received*>(received)->header({bytes, size * count}) ? size * count : 0;
}
std::size_t on_body(char* /*bytes*/, std::size_t size, std::size_t count, void* received) {
  return static_cast<Received*>(received)->body(size * count) ? size * count : 0;
}

}  // namespace

class CurlWeb::Library {
 public:
  // Stays loaded: what libcurl registers with the C library outlives it.
  bool load() {
    auto* const held = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (held == nullptr) return false;
    const auto find = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(held, name));
      return function != nullptr;
    };
    return find(global_init, "curl_global_init") && find(init, "curl_easy_init") && find(setopt, "curl_easy_setopt") && find(perform, "curl_easy_perform") &&
           find(getinfo, "curl_easy_getinfo") && find(cleanup, "curl_easy_cleanup") && find(getdate, "curl_getdate") && global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  }

  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_easy_init) init = nullptr;
  decltype(&curl_easy_setopt) setopt = nullptr;
  decltype(&curl_easy_perform) perform = nullptr;
  decltype(&curl_easy_getinfo) getinfo = nullptr;
  decltype(&curl_easy_cleanup) cleanup = nullptr;
  decltype(&curl_getdate) getdate = nullptr;
};

// One connection to one address.
class CurlWeb::Transfer {
 public:
  Transfer(const Library& curl, const std::string& url, const std::string& authorities, std::chrono::milliseconds left)
      : curl_(curl), handle_(curl.init(), curl.cleanup) {
    if (!handle_) return;
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_CERTINFO, 1L);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(left, kConnect).count()));
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(&received_));
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&received_));
    // CURLOPT_NOSIGNAL stays off: so libcurl keeps SIGPIPE from ending the program.
    if (authorities.empty()) return;
    curl_blob blob{const_cast<char*>(authorities.data()), authorities.size(), CURL_BLOB_COPY};
    set(CURLOPT_CAINFO_BLOB, &blob);
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }

  template <class Value>
  void set(CURLoption option, Value value) {
    able_ = able_ && curl_.setopt(handle_.get(), option, value) == CURLE_OK;
  }

  Result<CURLcode> run() {
    if (!handle_ || !able_) return no_libcurl("this libcurl is too old to probe with");
    const auto code = curl_.perform(handle_.get());
    switch (code) {
      case CURLE_SSL_CACERT_BADFILE:
        return fail(Exit::usage, "there are no authorities to check a certificate by", "name a file of certificates in PEM with --ca, or apt install ca-certificates");
      case CURLE_FAILED_INIT:
      case CURLE_NOT_BUILT_IN:
      case CURLE_UNSUPPORTED_PROTOCOL:
      case CURLE_OUT_OF_MEMORY:
      case CURLE_SSL_CIPHER: return no_libcurl("this libcurl cannot probe");
      default: return code;
    }
  }

  WebAnswer answer(CURLcode code) {
    auto answer = std::move(received_.answer);
    answer.fault = fault_of(code);
    curl_.getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    answer.certificate_until = certificate_until();
    return answer;
  }

 private:
  Fault fault_of(CURLcode code) {
    switch (code) {
      case CURLE_OK: return answered() ? Fault::none : Fault::no_http;
      case CURLE_COULDNT_RESOLVE_HOST: return Fault::unresolved;
      case CURLE_COULDNT_CONNECT: return Fault::unreachable;
      case CURLE_OPERATION_TIMEDOUT: return Fault::late;
      case CURLE_SSL_CONNECT_ERROR: return Fault::no_tls;
      case CURLE_PEER_FAILED_VERIFICATION: return fault_of_certificate();
      case CURLE_WRITE_ERROR: return received_.body_bytes > kMostBodyBytes ? Fault::too_long : Fault::no_http;
      default: return Fault::no_http;
    }
  }
  bool answered() {
    long status = 0;
    return curl_.getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status >= 200;
  }

  Fault fault_of_certificate() {
    long result = kNoResult;
    curl_.getinfo(handle_.get(), CURLINFO_SSL_VERIFYRESULT, &result);
    switch (result) {
      case kNoResult:
      case kHostMismatch: return Fault::other_host;
      case kNotYetValid: return Fault::not_yet_valid;
      case kExpired: return Fault::expired;
      case kSelfSigned: return Fault::self_signed;
      default: return Fault::untrusted;
    }
  }

  std::optional<std::chrono::sys_seconds> certificate_until() {
    constexpr std::string_view kName = "Expire date:";
    curl_certinfo* chain = nullptr;
    if (curl_.getinfo(handle_.get(), CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == nullptr || chain->num_of_certs < 1) return std::nullopt;
    for (const auto* field = chain->certinfo[0]; field != nullptr; field = field->next) {
      const std::string_view text(field->data);
      if (!text.starts_with(kName)) continue;
      const auto time = curl_.getdate(field->data + kName.size(), nullptr);
      if (time != -1) return std::chrono::sys_seconds(std::chrono::seconds(time));
    }
    return std::nullopt;
  }

  const Library& curl_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_;
  Received received_;
  bool able_ = true;
};

CurlWeb::CurlWeb(std::string authorities) : authorities_(std::move(authorities)) {}
CurlWeb::~CurlWeb() = default;

Result<const CurlWeb::Library*> CurlWeb::library() {
  if (library_) return library_.get();
  auto loaded = std::make_unique<Library>();
  if (!loaded->load()) return no_libcurl("probes need libcurl, which is not installed");
  library_ = std::move(loaded);
  until_ = std::chrono::steady_clock::now() + kWhole;
  return library_.get();
}

Result<WebAnswer> CurlWeb::get(const std::string& url, TlsVersion least) {
  BLC_TRY(const auto* const curl, library());
  const auto left = std::chrono::floor<std::chrono::milliseconds>(until_ - std::chrono::steady_clock::now());
  if (left.count() <= 0) return WebAnswer{.fault = Fault::late, .headers = {}, .certificate_until = {}};
  Transfer transfer(*curl, url, authorities_, left);
  transfer.set(CURLOPT_SSLVERSION, static_cast<long>(least == TlsVersion::v1_3 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2));
  BLC_TRY(const auto code, transfer.run());
  return transfer.answer(code);
}

Result<std::optional<bool>> CurlWeb::accepts_older(const std::string& url, TlsVersion than) {
  BLC_TRY(const auto* const curl, library());
  const auto left = std::chrono::floor<std::chrono::milliseconds>(until_ - std::chrono::steady_clock::now());
  if (left.count() <= 0) return std::nullopt;
  Transfer transfer(*curl, url, authorities_, left);
  const auto most = than == TlsVersion::v1_3 ? CURL_SSLVERSION_MAX_TLSv1_2 : CURL_SSLVERSION_MAX_TLSv1_1;
  transfer.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_0) | static_cast<long>(most));
  transfer.set(CURLOPT_SSL_CIPHER_LIST, "ALL:@SECLEVEL=0");  // else OpenSSL itself does not offer them
  transfer.set(CURLOPT_CONNECT_ONLY, 1L);
  BLC_TRY(const auto code, transfer.run());
  // A certificate is looked at when the version is agreed on.
  if (code == CURLE_OK || code == CURLE_PEER_FAILED_VERIFICATION) return true;
  const bool refused = code == CURLE_SSL_CONNECT_ERROR || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR;
  return refused ? std::optional(false) : std::nullopt;
}

}  // namespace blc::adapters
