//! For every line of the table of pages in `docs/ACCESS.md` a request about a fresh thing of a unit,
//! good but for who sends it; `access_pages` sends them.
//!
//! A page without `{…}` in its address, which is only looked at, needs no request here. Fields of
//! forms stand in the body of the request, as names and texts; its version is `phien_ban`.

use serde_json::{Value, json};

use crate::access::Place;
use crate::access_calls::{Ask, World};

impl World<'_> {
    /// The request of a line at a place; `None` where it can't be about a unit there.
    pub fn ask_page(&mut self, line: &str, place: Place) -> Option<Ask> {
        let (verb, path) = line.split_once(' ').unwrap();
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        Some(match (verb, parts[0]) {
            _ if of_list(path) => self.list_file(path, place)?,
            (_, "bao-cao") if parts.len() > 1 => self.report_pages(path, place)?,
            (_, "van-ban") => self.document_pages(verb, path, place),
            (_, "don-vi") if path.contains("/lich") => self.feed_pages(verb, path, place),
            (_, "don-vi" | "nop") if path != "/don-vi" => self.unit_pages(verb, &parts, place),
            (_, "viec") if path != "/viec" => self.work_pages(verb, &parts, place),
            (_, "gia-han") => self.extension_pages(verb, &parts, place),
            (_, "tin-bai" | "tin-bai.csv" | "tin-bai.xlsx") => self.item_pages(verb, &parts, place),
            (_, "bien-tap") if verb != "GET" || parts.len() > 1 => {
                self.queue_pages(verb, &parts, place)
            }
            (_, "su-kien") => self.event_pages(verb, &parts, place),
            (_, "diem") if parts.len() > 1 => self.score_pages(verb, &parts, place)?,
            (_, "ke-hoach") if parts.len() > 1 => self.plan_pages(verb, &parts, place),
            (_, "thang-diem") => self.scheme_pages(verb, &parts, place)?,
            (_, "lich") if parts.len() > 1 => self.calendar_pages(verb, &parts, place)?,
            (_, "chinh-sach" | "buoc-nhac") => self.policy_pages(verb, &parts, place),
            (_, "nguoi") => self.people_pages(verb, &parts, place),
            (_, "quan-tri") => self.account_pages(verb, &parts, place),
            (_, "thu-di" | "lich-chay") if parts.len() > 1 => {
                self.operation_pages(verb, &parts, place)
            }
            ("GET", "nhap-tep") => Ask::new("GET", path.replace("{kind}", "units")),
            ("POST", "nhap-tep") if path != "/nhap-tep/hoan-tac" => {
                let (unit, n) = (self.unit(place).code, self.next());
                let cells = format!("Đơn vị\tHọ tên\tVai trò\n{unit}\tNgười {n}\tngười xem\n");
                Ask::new("POST", path).body(json!({ "loai": "people", "van_ban": cells }))
            }
            ("GET", "hom-nay") => Ask::new("GET", path.replace("{part}", "so")),
            ("GET", "tro-giup") => Ask::new("GET", path.replace("{guide}", "lanh-dao")),
            ("GET", _) if !path.contains('{') => Ask::new("GET", path),
            _ => self.own_pages(line),
        })
    }

    /// Pages of signing in, of the own account, and switches.
    fn own_pages(&mut self, line: &str) -> Ask {
        let (verb, path) = line.split_once(' ').unwrap();
        let verb = if verb == "GET" { "GET" } else { "POST" };
        let fields = match path {
            "/bo-loc" => json!({ "danh_sach": "items", "ten": "Chờ duyệt", "loc": "tt=submitted" }),
            "/giao-dien" => json!({ "giao_dien": "dark" }),
            "/ngon-ngu" => json!({ "ngon_ngu": "vi" }),
            _ if path.starts_with("/tai-khoan") => json!({ "password": "sai", "code": "000000" }),
            "/thiet-lap/don-vi" | "/thiet-lap/don-vi/xac-nhan" => {
                json!({ "danh_sach": "Mã\tTên\tLoại\nco-so-a\tA\tcơ sở\n" })
            }
            "/nhap-tep/hoan-tac" => json!({ "muc": "999999" }),
            "/thiet-lap/chi-tieu" => json!({ "mau": "ben-tre", "nam": "2026" }),
            "/thiet-lap/thu-thu" => json!({}),
            "/thiet-lap/thu-thu/ma" => json!({ "ma": "000000" }),
            "/quen-mat-khau" => json!({ "mail": "khong-co@tinh.example" }),
            "/bo-loc/{id}/xoa"
            | "/tai-khoan/lich/{id}/thu-hoi"
            | "/dang-nhap"
            | "/dang-nhap/ma"
            | "/dang-nhap/mot-lan"
            | "/dang-xuat" => json!({}),
            _ if path.contains("{secret}")
                || path.contains("{token}")
                || path.contains("{key}")
                || path.contains("{name}") =>
            {
                json!({})
            }
            _ => panic!("{line} has no request"),
        };
        let path = ["{id}", "{secret}", "{token}", "{key}", "{name}"]
            .iter()
            .fold(path.to_owned(), |path, part| path.replace(part, "999999"));
        match verb {
            "GET" => Ask::new("GET", path),
            _ => Ask::new("POST", path).body(fields),
        }
    }

    /// A list as a file for spreadsheets.
    fn list_file(&mut self, path: &str, place: Place) -> Option<Ask> {
        let unit = self.unit(place);
        let (page, ending) = path.rsplit_once('.').unwrap();
        let cell = |text: &str| match ending {
            "csv" => format!("\"{text}\""),
            _ => format!(">{text}<"),
        };
        let shows = match page {
            "/su-kien" => {
                self.event(&unit);
                Some(cell(&unit.name))
            }
            "/gia-han" => {
                let (event, _) = self.owed(place);
                self.extension(&event);
                Some(cell(&unit.name))
            }
            "/nguoi" => {
                let person = self.person(&unit);
                Some(cell(person["name"].as_str().unwrap()))
            }
            _ => None,
        };
        let asked = match page {
            "/su-kien" => format!("{path}?tat-ca=1"),
            "/diem" if place == Place::Child => return None,
            "/diem" => format!("{path}?nam=2026&loai=superior&don_vi={}", unit.id),
            "/lich/ngay-nghi" => {
                let calendar = self.fresh("GET /api/v1/calendars/{code}", place)?;
                format!("{path}?lich={calendar}&nam=2026")
            }
            "/ke-hoach/quy-tac" | "/ke-hoach/chi-tieu" => {
                let plan = self.fresh("GET /api/v1/plans/{id}", place).unwrap();
                format!("{path}?ke_hoach={plan}")
            }
            _ => path.to_owned(),
        };
        Some(Ask {
            shows,
            ..Ask::new("GET", asked)
        })
    }

    fn report_pages(&mut self, path: &str, place: Place) -> Option<Ask> {
        let of_scores = path.contains("thi-dua");
        let unit = self.unit(place).id;
        let asked = match of_scores {
            true => format!("{path}?don_vi={unit}&nam=2026&loai=superior"),
            false => format!("{path}?don_vi={unit}&thang=11/2026&van_ban=monthly&ky=2026-M11"),
        };
        (!of_scores || place != Place::Child).then(|| Ask::new("GET", asked))
    }

    fn document_pages(&mut self, verb: &str, path: &str, place: Place) -> Ask {
        let unit = self.unit(place).id;
        let path = path
            .replace("{id}", &unit.to_string())
            .replace("{kind}", "monthly");
        let fields = match path.ends_with("monthly") {
            true => {
                json!({ "tieu_de": "BÁO CÁO", "trich_yeu": "Kết quả", "noi_dung": "Nội dung." })
            }
            false => json!({ "co_quan": "LĐLĐ", "dia_danh": "Bến Tre", "ky_hieu": "BC-LĐLĐ" }),
        };
        match verb {
            "GET" => Ask::new("GET", path),
            _ => Ask::new("POST", path).body(fields).version(999),
        }
    }

    fn feed_pages(&mut self, verb: &str, path: &str, place: Place) -> Ask {
        let unit = self.unit(place).id;
        let feed = self.feed(unit).to_string();
        let path = path
            .replace("{id}", &unit.to_string())
            .replace("{feed}", &feed);
        match verb {
            "GET" => Ask::new("GET", path),
            _ => Ask::new("POST", path).body(json!({})),
        }
    }

    fn unit_pages(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let unit = self.unit(place);
        match (verb, parts) {
            ("GET", ["don-vi", _]) => Ask::new("GET", format!("/don-vi/{}", unit.id)),
            ("GET", ["nop"]) => Ask::new("GET", format!("/nop?don-vi={}", unit.id)),
            ("POST", ["nop"]) => Ask::new("POST", "/nop").body(json!({
                "don_vi": unit.id.0.to_string(), "ten": "Tin", "loai": "tin", "noi_dung": "Nội dung.",
            })),
            ("GET", ["nop", _, "xong"]) => {
                Ask::new("GET", format!("/nop/{}/xong", self.item(&unit)))
            }
            _ => panic!("{verb} {parts:?} has no request"),
        }
    }

    /// An event of the unit with what is owed for it.
    fn owed(&mut self, place: Place) -> (Value, Value) {
        let unit = self.unit(place);
        let event = self.event(&unit);
        let owed = event["deadlines"][0]["obligation_id"].clone();
        (event, owed)
    }

    fn work_pages(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let (_, owed) = self.owed(place);
        let path = format!("/viec/{owed}");
        let reason = json!({ "ly_do": "Theo quy chế" });
        match (verb, parts) {
            ("POST", ["viec", "nhac"]) => {
                Ask::new("POST", "/viec/nhac").body(json!({ "muc": owed.to_string() }))
            }
            ("POST", ["viec", "nhac", "xac-nhan"]) => {
                Ask::new("POST", "/viec/nhac/xac-nhan").body(json!({ "viec": owed.to_string() }))
            }
            ("POST", ["viec", "mien", "hoan-tac"]) => {
                let api = format!("/api/v1/obligations/{owed}");
                let version = self.version(&api);
                let exempt = self.admin.knowing(version);
                exempt
                    .post(&format!("{api}/exempt"), &json!({ "reason": "Bão" }))
                    .expect(200);
                Ask::new("POST", "/viec/mien/hoan-tac").body(json!({ "muc": owed.to_string() }))
            }
            ("GET", [_, _]) => Ask::new("GET", path),
            ("GET", [_, _, form]) => Ask::new("GET", format!("{path}/{form}")),
            ("POST", [_, _, "gia-han"]) => {
                let fields = json!({ "den": "2026-12-20T16:00:00+07:00", "ly_do": "Mất điện" });
                Ask::new("POST", format!("{path}/gia-han"))
                    .body(fields)
                    .version(1)
            }
            ("POST", [_, _, form]) => Ask::new("POST", format!("{path}/{form}")).body(reason),
            _ => panic!("{verb} {parts:?} has no request"),
        }
    }

    fn extension_pages(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let (event, owed) = self.owed(place);
        let id = self.extension(&event);
        match (verb, parts) {
            ("GET", [_]) => Ask {
                shows: Some(format!("/viec/{owed}\"")),
                ..Ask::new("GET", "/gia-han")
            },
            ("GET", _) => Ask::new("GET", format!("/gia-han/{id}/khong-cho")),
            ("POST", [_, _]) => Ask::new("POST", format!("/gia-han/{id}")).body(json!({})),
            _ => Ask::new("POST", format!("/gia-han/{id}/khong-cho"))
                .body(json!({ "ly_do": "Không có lý do" })),
        }
    }

    /// An item that the editorial board has.
    fn queued(&mut self, place: Place) -> Value {
        let unit = self.unit(place);
        let item = self.item(&unit);
        self.step(&item, "approve", 1, &json!({}));
        item
    }

    fn item_pages(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let unit = self.unit(place);
        if let ["tin-bai", _, "buoc", "tra-lai"] = parts {
            let path = format!("/tin-bai/{}/buoc/tra-lai", self.queued(place));
            return Ask::new("POST", path)
                .body(json!({ "ly_do": "Thiếu ảnh" }))
                .version(2);
        }
        let item = self.item(&unit);
        let path = format!("/tin-bai/{item}");
        if let [file @ ("tin-bai.csv" | "tin-bai.xlsx")] = parts {
            // the file shows no number
            let title = format!("Tin số {}", self.next());
            let api = format!("/api/v1/items/{item}");
            let named = json!({ "title": title });
            self.admin
                .knowing(1)
                .send("PATCH", &api, Some(named.to_string()))
                .expect(200);
            return Ask {
                shows: Some(title),
                ..Ask::new("GET", format!("/{file}?don-vi={}", unit.id))
            };
        }
        match (verb, parts) {
            ("GET", [list]) => Ask {
                shows: Some(format!("/tin-bai/{item}\"")),
                ..Ask::new("GET", format!("/{list}?don-vi={}", unit.id))
            },
            ("GET", [_, _]) => Ask::new("GET", path),
            ("GET", [_, _, form]) => Ask::new("GET", format!("{path}/{form}")),
            ("POST", [_, _, "sua"]) => Ask::new("POST", format!("{path}/sua"))
                .body(json!({ "ten": "Khác", "loai": "tin" }))
                .version(1),
            ("POST", [_, _, "buoc", "gui-lai"]) => {
                self.step(&item, "return", 1, &json!({ "reason": "Thiếu ảnh" }));
                Ask::new("POST", format!("{path}/buoc/gui-lai")).version(2)
            }
            ("POST", [_, _, "buoc", step]) => Ask::new("POST", format!("{path}/buoc/{step}"))
                .body(json!({ "ly_do": "Trùng" }))
                .version(1),
            _ => panic!("{verb} {parts:?} has no request"),
        }
    }

    fn queue_pages(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let item = self.queued(place);
        match (verb, parts) {
            ("POST", [_, many @ ("xac-nhan" | "dang")]) => {
                Ask::new("POST", format!("/bien-tap/{many}"))
                    .body(json!({ "muc": item.to_string() }))
            }
            ("GET", _) => Ask::new("GET", format!("/bien-tap/{item}")),
            _ => Ask::new("POST", format!("/bien-tap/{item}"))
                .body(json!({ "buoc": "dang" }))
                .version(2),
        }
    }

    fn event_pages(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let unit = self.unit(place);
        let new = json!({
            "don_vi": unit.id.0.to_string(), "ten": "Họp báo", "tinh_chat": "thuong",
            "ngay": "23/11/2026", "gio": "08:00",
        });
        match (verb, parts) {
            ("GET", [_, "moi" | "han"]) => {
                return Ask::new("GET", format!("/su-kien/{}", parts[1]));
            }
            ("POST", [_, "moi"]) => return Ask::new("POST", "/su-kien/moi").body(new),
            _ => {}
        }
        let event = self.event(&unit);
        let path = format!("/su-kien/{}", event["id"]);
        match (verb, parts) {
            ("GET", [_]) => Ask {
                shows: Some(format!("{path}\"")),
                ..Ask::new("GET", "/su-kien?tat-ca=1&q=hoi+nghi")
            },
            ("GET", [_, _]) => Ask::new("GET", path),
            ("GET", _) => Ask::new("GET", format!("{path}/sua")),
            ("POST", [_, _]) => Ask::new("POST", path)
                .body(json!({ "buoc": "huy", "ly_do": "Hoãn" }))
                .version(1),
            _ => Ask::new("POST", format!("{path}/sua")).body(new).version(1),
        }
    }

    fn score_pages(&mut self, verb: &str, parts: &[&str], place: Place) -> Option<Ask> {
        if let ["diem", "{year}", _, ..] = parts {
            let unit = self.scored(place)?;
            self.sheet(&unit);
            let path = format!("/diem/2026/{}", unit.id);
            return Some(match (verb, parts) {
                ("GET", [_, _, _]) => Ask::new("GET", path),
                ("GET", [_, _, _, form]) => Ask::new("GET", format!("{path}/{form}")),
                (_, [_, _, _, form]) => Ask::new("POST", format!("{path}/{form}"))
                    .body(json!({ "nhan_xet": "Đúng" }))
                    .version(999),
                _ => panic!("{verb} {parts:?} has no request"),
            });
        }
        if place == Place::Child {
            // schemes and rounds are federations'
            return None;
        }
        let unit = self.unit(place).id;
        let round = format!("/diem/dot/{}", self.sheets[&unit]);
        Some(match (verb, parts) {
            ("GET", [_, "{year}"]) => {
                Ask::new("GET", format!("/diem/2026?loai=superior&don_vi={unit}"))
            }
            ("POST", [_, "dot"]) => Ask::new("POST", "/diem/dot")
                .body(json!({ "nam": "2026", "loai": "superior", "don_vi": unit.0.to_string() })),
            ("GET", [_, _, _, step @ ..]) => Ask::new("GET", format!("{round}/{}", step.join("/"))),
            ("POST", [_, _, _, step]) => Ask::new("POST", format!("{round}/{step}"))
                .body(json!({ "so": "5/QĐ-LĐLĐ", "ngay": "31/12/2026", "ly_do": "Tính lại" }))
                .version(999),
            _ => panic!("{verb} {parts:?} has no request"),
        })
    }

    /// Asks the API for one fresh thing; the last part of its address.
    fn fresh(&mut self, route: &str, place: Place) -> Option<String> {
        let ask = self.ask(route, place)?;
        Some(ask.path.rsplit('/').next().unwrap().to_owned())
    }

    fn plan_pages(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let unit = self.unit(place).id.0.to_string();
        if let [_, "moi"] = parts {
            let title = format!("Kế hoạch {}", self.next());
            let new = json!({ "don_vi": unit, "nam": "2026", "cach": "trong", "ten": title });
            return match verb {
                "GET" => Ask::new("GET", "/ke-hoach/moi"),
                _ => Ask::new("POST", "/ke-hoach/moi").body(new),
            };
        }
        let plan = self.fresh("GET /api/v1/plans/{id}", place).unwrap();
        let path = format!("/ke-hoach/{plan}");
        let rule = self.admin.get(&format!("/api/v1/plans/{plan}")).expect(200)["rules"][0].clone();
        let rule = match rule["id"].as_i64() {
            Some(id) => id,
            None => {
                let content = json!({
                    "title": "Tin mỗi tháng", "subject": { "type": "units", "categories": ["superior"] },
                    "kinds": ["tin"], "period": "month", "minimum": 1,
                });
                self.admin
                    .knowing(1)
                    .post(
                        &format!("/api/v1/plans/{plan}/rules"),
                        &json!({ "code": "r", "content": content }),
                    )
                    .expect(201);
                let plan = self.admin.get(&format!("/api/v1/plans/{plan}")).expect(200);
                plan["rules"][0]["id"].as_i64().unwrap()
            }
        };
        let typed = json!({
            "kieu": "chi-tieu", "ai": "loai", "loai_don_vi": "superior", "so": "2", "ky": "month", "loai": "tin",
        });
        match (verb, parts) {
            ("GET", [_, _]) => Ask::new("GET", path),
            ("GET", [_, _, "sua"]) => Ask::new("GET", format!("{path}/sua")),
            ("POST", [_, _, "sua"]) => Ask::new("POST", format!("{path}/sua"))
                .body(json!({ "ten": "Khác" }))
                .version(999),
            ("GET", [_, _, "buoc", _]) => Ask::new("GET", format!("{path}/buoc/duyet")),
            ("POST", [_, _, "buoc", _]) => Ask::new("POST", format!("{path}/buoc/duyet"))
                .body(json!({ "so": "1/KH", "ngay": "05/01/2026", "co_quan": "Ban Thường vụ" }))
                .version(999),
            ("GET", [_, _, _, "moi"]) => Ask::new("GET", format!("{path}/quy-tac/moi")),
            ("POST", [_, _, _, "moi"]) => Ask::new("POST", format!("{path}/quy-tac/moi"))
                .body(typed)
                .version(999),
            ("GET", [_, _, _, _]) => Ask::new("GET", format!("{path}/quy-tac/{rule}")),
            ("POST", [_, _, _, _]) => Ask::new("POST", format!("{path}/quy-tac/{rule}"))
                .body(typed)
                .version(999),
            ("GET", _) => Ask::new("GET", format!("{path}/quy-tac/{rule}/bo")),
            _ => Ask::new("POST", format!("{path}/quy-tac/{rule}/bo"))
                .body(json!({}))
                .version(999),
        }
    }

    fn scheme_pages(&mut self, verb: &str, parts: &[&str], place: Place) -> Option<Ask> {
        if place == Place::Child {
            // schemes are federations'
            return None;
        }
        let unit = self.unit(place).id;
        let of = format!("don_vi={unit}");
        let path = "/thang-diem/2026/superior";
        Some(match (verb, parts) {
            ("GET", [_]) => Ask::new("GET", format!("/thang-diem?{of}")),
            ("GET", [_, _, _]) => Ask::new("GET", format!("{path}?{of}")),
            ("GET", _) => Ask::new("GET", format!("{path}/sua?{of}")),
            _ => Ask::new("POST", format!("{path}/sua?{of}"))
                .body(json!({ "ten": "Khác" }))
                .version(999),
        })
    }

    fn calendar_pages(&mut self, verb: &str, parts: &[&str], place: Place) -> Option<Ask> {
        if let [_, _, "sao-chep"] = parts {
            return Some(Ask::new("POST", "/lich/ben-tre/sao-chep").body(json!({})));
        }
        let path = format!(
            "/lich/{}",
            self.fresh("GET /api/v1/calendars/{code}", place)?
        );
        let day = json!({ "ngay": "30/12/2026", "ten": "Nghỉ" });
        Some(match (verb, parts) {
            ("GET", [_, _]) => Ask::new("GET", path),
            ("GET", [_, _, "tien-do"]) => Ask::new("GET", format!("{path}/tien-do")),
            ("GET", [_, _, _]) => Ask::new("GET", format!("{path}/2026-11")),
            ("GET", [_, _, _, _]) => Ask::new("GET", format!("{path}/sua/ngay-nghi")),
            ("POST", _) => Ask::new("POST", format!("{path}/sua/ngay-nghi"))
                .body(day)
                .version(999),
            _ => Ask::new(
                "GET",
                format!("{path}/sua/ngay-nghi/xac-nhan?ngay=30/12/2026&ten=Ngh%E1%BB%89"),
            ),
        })
    }

    fn policy_pages(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let unit = self.unit(place).id;
        let (path, query, typed) = match parts[0] {
            "chinh-sach" => (
                format!("/chinh-sach/{unit}/event_hours"),
                "nguon=rieng&gia_tri=8&tu=02/12/2026",
                json!({ "nguon": "rieng", "gia_tri": "8", "tu": "02/12/2026" }),
            ),
            _ => (
                format!("/buoc-nhac/{unit}/week"),
                "tu=03/12/2026",
                json!({ "tu": "03/12/2026" }),
            ),
        };
        match (verb, parts) {
            ("GET", [list]) => Ask::new("GET", format!("/{list}?don_vi={unit}")),
            ("GET", [_, _, _]) => Ask::new("GET", path),
            ("GET", _) => Ask::new("GET", format!("{path}/xac-nhan?{query}")),
            _ => Ask::new("POST", path).body(typed).version(999),
        }
    }

    fn people_pages(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let unit = self.unit(place);
        match (verb, parts) {
            ("GET", [_, "moi"]) => return Ask::new("GET", "/nguoi/moi"),
            ("POST", [_, "moi"]) => {
                return Ask::new("POST", "/nguoi/moi").body(json!({
                    "don_vi": unit.name, "ten": "Người mới", "vai_tro": "contributor", "tu": "01/12/2026",
                }));
            }
            _ => {}
        }
        let person = self.person(&unit);
        let path = format!("/nguoi/{}", person["id"]);
        let to = match place {
            Place::Child => self.own.name.clone(),
            _ => self.child.name.clone(),
        };
        let role = json!({
            "vai_tro": "editor", "don_vi": unit.name, "tu": "01/12/2026", "ly_do": "Phân công",
        });
        match (verb, parts) {
            ("GET", [_]) => {
                let name = person["name"].as_str().unwrap();
                Ask {
                    shows: Some(name.to_owned()),
                    ..Ask::new(
                        "GET",
                        format!("/nguoi?q={}", name.replace("Người ", "nguoi+")),
                    )
                }
            }
            ("GET", [_, _]) => Ask::new("GET", path),
            ("GET", [_, _, form]) => Ask::new("GET", format!("{path}/{form}")),
            ("POST", [_, _, "sua"]) => Ask::new("POST", format!("{path}/sua"))
                .body(json!({ "ten": "Tên khác", "tu": "01/12/2026" }))
                .version(999),
            ("POST", [_, _, "chuyen"]) => Ask::new("POST", format!("{path}/chuyen"))
                .body(json!({ "don_vi": to, "tu": "01/12/2026" }))
                .version(999),
            ("POST", [_, _, "nghi", ..]) => {
                Ask::new("POST", format!("{path}/{}", parts[2..].join("/")))
                    .body(json!({ "ngay": "31/12/2026" }))
                    .version(999)
            }
            ("POST", [_, _, "vai-tro"]) => Ask::new("POST", format!("{path}/vai-tro")).body(role),
            _ => {
                let role = json!({ "role": "editor", "unit_id": unit.id, "reason": "Phân công" });
                let given = self.make(&format!("/api/v1/people/{}/roles", person["id"]), &role);
                let path = format!("{path}/vai-tro/{}/thu-hoi", given["id"]);
                match verb {
                    "GET" => Ask::new("GET", path),
                    _ => Ask::new("POST", path).body(json!({ "ly_do": "Thôi" })),
                }
            }
        }
    }

    fn account_pages(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let unit = self.unit(place);
        match (verb, parts) {
            ("GET", [_, _]) => return Ask::new("GET", "/quan-tri/tai-khoan"),
            ("GET", [_, _, "moi"]) => {
                let person = self.person(&unit)["id"].clone();
                return Ask::new("GET", format!("/quan-tri/tai-khoan/moi?nguoi={person}"));
            }
            ("POST", [_, _, "moi"]) => {
                let person = self.person(&unit)["id"].clone();
                let mail = format!("nguoi-{person}@donvi.example");
                return Ask::new("POST", "/quan-tri/tai-khoan/moi")
                    .body(json!({ "nguoi": person.to_string(), "thu": mail }));
            }
            ("GET", [_, _, "moi-tat-ca", _]) => {
                return Ask::new("GET", "/quan-tri/tai-khoan/moi-tat-ca/xac-nhan");
            }
            ("POST", [_, _, "moi-tat-ca"]) => {
                let person = self.person(&unit)["id"].clone();
                return Ask::new("POST", "/quan-tri/tai-khoan/moi-tat-ca")
                    .body(json!({ "muc": person.to_string() }));
            }
            _ => {}
        }
        let id = self.fresh("GET /api/v1/accounts/{id}", place).unwrap();
        let path = format!("/quan-tri/tai-khoan/{id}");
        match (verb, parts) {
            ("GET", [_, _, _]) => Ask::new("GET", path),
            ("GET", _) => Ask::new("GET", format!("{path}/khoa/xac-nhan")),
            (_, [_, _, _, "buoc", _]) => {
                Ask::new("POST", format!("{path}/buoc/dat-lai")).body(json!({}))
            }
            _ => {
                let session = self.session(id.parse().unwrap());
                Ask::new("POST", format!("{path}/phien/{session}")).body(json!({}))
            }
        }
    }

    fn operation_pages(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        if parts[0] == "lich-chay" {
            return match (verb, parts) {
                ("GET", _) => Ask::new("GET", "/lich-chay/purge"),
                (_, [_, _]) => Ask::new("POST", "/lich-chay/purge")
                    .body(json!({ "gio": "03:00" }))
                    .version(1),
                _ => Ask::new("POST", "/lich-chay/purge/buoc/chay").body(json!({})),
            };
        }
        let path = format!("/thu-di/{}", self.mail(&self.unit(place)));
        match (verb, parts) {
            ("GET", [_, _]) => Ask::new("GET", path),
            ("GET", _) => Ask::new("GET", format!("{path}/html")),
            _ => Ask::new("POST", format!("{path}/gui-lai")).body(json!({})),
        }
    }
}

/// Whether a path is that of a list as a file; items have a request of their own.
fn of_list(path: &str) -> bool {
    let is_file = path.ends_with(".xlsx") || path.ends_with(".csv");
    let others = ["/tin-bai", "/ban-do", "/nhat-ky", "/bao-cao"];
    is_file && !others.iter().any(|other| path.starts_with(other))
}
